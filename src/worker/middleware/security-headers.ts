import { createMiddleware } from 'hono/factory';
import { secureHeaders } from 'hono/secure-headers';

/**
 * Headers of every answer of the Worker but a 101, whose headers cannot be changed without losing its socket. Assets get
 * theirs from `public/_headers`: the platform keeps the two apart.
 */
export const securityHeaders = createMiddleware(async (c, next) => {
  await next();
  if (c.res.status !== 101) await harden(c, async () => {});
});

const harden = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
  },
  crossOriginOpenerPolicy: 'same-origin',
  crossOriginResourcePolicy: 'same-origin',
  referrerPolicy: 'no-referrer',
  strictTransportSecurity: 'max-age=31536000; includeSubDomains',
  xFrameOptions: 'DENY',
  permissionsPolicy: { camera: [], microphone: [], geolocation: [] },
});
