/** A program of its own: calls that run, that were offered and never taken up, and that were refused; then the end. */
import dns from 'node:dns/promises';
import { syncBuiltinESMExports } from 'node:module';

import { startEmulator } from '../../emulator/server.ts';
import { makeOffer } from '../support/webrtc-caller.ts';
import { dial, KEY, mintKey, postOffer, typeInto, watch } from './rtc-talk.ts';

// Whoever asks for a name wants something outside: the library's default STUN server, for one.
Object.assign(dns, {
  lookup: (name: string) => {
    process.stdout.write(`looked up ${name}\n`);
    return Promise.reject(new Error('There is no outside'));
  },
});
syncBuiltinESMExports();

const emulator = await startEmulator({ port: 0, apiKey: KEY });
const { caller, callId } = await dial(emulator);
await watch(emulator, callId);
typeInto(caller, 'count to fifty');
await caller.until('output_audio_buffer.started');

const key = await mintKey(emulator);
const waiting = await makeOffer();
await postOffer(emulator, waiting.sdp, { key });
await postOffer(emulator, 'v=0', { key });

await emulator.close();
await caller.ended();
await caller.close();
await waiting.withdraw();
process.stdout.write('closed\n');
