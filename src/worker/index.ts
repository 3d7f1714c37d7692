import { Hono } from 'hono';
import { log } from '../observe/log.ts';
import type { Door } from './door.ts';
import { crossOrigin } from './middleware/cross-origin.ts';
import { withUser } from './middleware/identity.ts';
import { withinKnocks } from './middleware/knocks.ts';
import { withBodyLimit, withReadableBody } from './middleware/body.ts';
import { withMethods } from './middleware/methods.ts';
import { countRefusals } from './middleware/refusals.ts';
import { securityHeaders } from './middleware/security-headers.ts';
import { withSettings } from './middleware/settings.ts';
import { withUpgrade } from './middleware/socket.ts';
import { problem } from './problem.ts';
import { admin } from './routes/admin.ts';
import { deepHealth, health } from './routes/health.ts';
import { calls } from './routes/calls.ts';
import { conversations } from './routes/conversations.ts';
import { docs, openapi } from './routes/docs.ts';
import { me } from './routes/me.ts';
import { previewRealtime, realtime } from './routes/drop-in.ts';
import { rtcKeys } from './routes/rtc-keys.ts';
import { session } from './routes/session.ts';
import { tickets } from './routes/tickets.ts';
import { usage } from './routes/usage.ts';
import { beside, byMode, text, voice } from './routes/sockets.ts';

export { Directory } from '../durable-objects/directory.ts';
export { SessionManager } from '../durable-objects/session-manager.ts';

const app = new Hono<Door>();

app.use(securityHeaders);
app.use(countRefusals);
app.use(withMethods(app));
app.use(withBodyLimit, withReadableBody);
app.get('/health', health);
app.get('/openapi.json', openapi);
app.get('/docs', docs);
app.use(withinKnocks);
app.use(withSettings);
app.route('/health', deepHealth);
app.use('/api/*', crossOrigin);
app.use('/sessions', crossOrigin);
app.route('/sessions', rtcKeys);
app.route('/api/calls', calls);
app.route('/api/session', session);
app.route('/api/tickets', tickets);
app.route('/api/usage', usage);
app.route('/api/conversations', conversations);
app.route('/api/me', me);
app.route('/api/admin', admin);
app.get('/openai/v1/realtime', withUpgrade, withUser, realtime);
app.get('/v1/realtime', withUpgrade, withUser, realtime);
app.get('/openai/realtime', withUpgrade, withUser, previewRealtime);
app.get('/ws/voice', withUpgrade, withUser, voice);
app.get('/ws/calls/:id', withUpgrade, withUser, beside);
app.get('/ws/text', withUpgrade, withUser, text);
app.get('/ws', withUpgrade, withUser, byMode);

app.notFound(() => problem('not_found'));
app.onError((error) => {
  log('door.failed', { error_name: error.name });
  return problem('internal');
});

export default app;
