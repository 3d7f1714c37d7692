/**
 * The security headers of everything that leaves, in one table: the Worker sends them in code, and the platform sends
 * those of `public/_headers` with every asset, which `npm run build` writes from here.
 */

/** Headers of one kind of answer, by name. */
type Headers = Readonly<Record<string, string>>;

/** Browsers forget plain http for a year, here and on every subdomain; over plain http they do not listen to it. */
const everywhere: Headers = {
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** What no document of ours may do, whatever else it may. */
const nothing = {
  'default-src': "'none'",
  'object-src': "'none'",
  'base-uri': "'none'",
  'frame-ancestors': "'none'",
};

/**
 * The page: its own modules, styles and pictures. `'self'` of `connect-src` is the sockets' host too, in every browser the
 * page is built for; audio worklets load under `script-src`. Scripts cannot turn text into markup (trusted types).
 */
export const pageHeaders: Headers = {
  ...everywhere,
  'Content-Security-Policy': policy({
    ...nothing,
    'script-src': "'self'",
    'worker-src': "'self'",
    'style-src': "'self'",
    'img-src': "'self'",
    'connect-src': "'self'",
    'manifest-src': "'self'",
    'form-action': "'self'",
    'require-trusted-types-for': "'script'",
    'trusted-types': "'none'",
  }),
  'Permissions-Policy': permissions('(self)'),
};

/** Every answer of the Worker: data, never a document. Nothing of it is kept unless a route says so. */
export const answerHeaders: Headers = {
  ...everywhere,
  'Content-Security-Policy': policy({ ...nothing, 'form-action': "'none'" }),
  'Permissions-Policy': permissions('()'),
  'Cache-Control': 'no-store',
};

/** The Worker's only document: text with a style sheet and an icon. */
export const docsPolicy = policy({
  ...nothing,
  'style-src': "'self'",
  'img-src': "'self'",
  'form-action': "'none'",
});

/** The text of `public/_headers`. The platform takes lines of up to 2,000 characters. */
export function headersFile(): string {
  const lines = Object.entries(pageHeaders).map(([name, value]) => `  ${name}: ${value}`);
  return ['# Written by `npm run build` from src/worker/security-policy.ts.', '/*', ...lines, ''].join('\n');
}

function policy(directives: Readonly<Record<string, string>>): string {
  return Object.entries(directives)
    .map((directive) => directive.join(' '))
    .join('; ');
}

function permissions(microphone: '(self)' | '()'): string {
  const never = ['camera', 'geolocation', 'display-capture', 'payment', 'usb'];
  return [`microphone=${microphone}`, ...never.map((feature) => `${feature}=()`)].join(', ');
}
