/** The emulator's own routes, which Azure does not have: faults and stats. They need no key: only loopback can reach them. */
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { FaultDesk } from '../fault-desk.ts';
import { readFault } from '../faults.ts';
import { readBody } from './body.ts';
import { type Routes, send } from './routes.ts';

const LARGEST_BODY_BYTES = 65_536;

/** `POST` and `DELETE /emulator/faults`, `GET /emulator/stats`. */
export function controlRoutes(faults: FaultDesk, stats: () => unknown): Routes {
  return {
    '/emulator/faults': {
      POST: async (request, response) => {
        const read = readFault((await readBody(request, LARGEST_BODY_BYTES)) ?? '');
        if (!read.ok) return send(response, 400, { error: read.refusal });
        faults.afflict(read.fault);
        send(response, 201, read.fault);
      },
      DELETE: (_request, response) => {
        faults.clear();
        send(response, 200, {});
      },
    },
    '/emulator/stats': {
      GET: (_request: IncomingMessage, response: ServerResponse) => send(response, 200, stats()),
    },
  };
}
