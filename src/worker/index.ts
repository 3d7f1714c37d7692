import { Hono } from 'hono';
import { log } from '../observe/log.ts';
import type { Door } from './door.ts';
import { crossOrigin } from './middleware/cross-origin.ts';
import { withUser } from './middleware/identity.ts';
import { withinKnocks } from './middleware/knocks.ts';
import { securityHeaders } from './middleware/security-headers.ts';
import { withSettings } from './middleware/settings.ts';
import { withUpgrade } from './middleware/socket.ts';
import { problem } from './problem.ts';
import { admin } from './routes/admin.ts';
import { deepHealth, health } from './routes/health.ts';
import { session } from './routes/session.ts';
import { tickets } from './routes/tickets.ts';
import { voice } from './routes/voice.ts';

export { Directory } from '../durable-objects/directory.ts';
export { SessionManager } from '../durable-objects/session-manager.ts';

const app = new Hono<Door>();

app.use(securityHeaders);
app.get('/health', health);
app.use(withinKnocks);
app.use(withSettings);
app.route('/health', deepHealth);
app.use('/api/*', crossOrigin);
app.route('/api/session', session);
app.route('/api/tickets', tickets);
app.route('/api/admin', admin);
app.get('/ws/voice', withUpgrade, withUser, voice);
app.get('/ws', withUpgrade, withUser, (c) =>
  c.req.query('mode') === 'text' ? problem('not_found') : voice(c),
);

app.notFound(() => problem('not_found'));
app.onError((error) => {
  log('door.failed', { error_name: error.name });
  return problem('internal');
});

export default app;
