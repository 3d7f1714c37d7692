import { adminOperations } from './admin.ts';
import { callOperations } from './calls.ts';
import { conversationOperations } from './conversations.ts';
import { dropInOperations } from './drop-in.ts';
import { meOperations } from './me.ts';
import type { NamedOperation, Operation, Operations } from './operation.ts';
import { serviceOperations } from './service.ts';
import { sessionOperations } from './session.ts';
import { socketOperations } from './sockets.ts';
import { usageOperations } from './usage.ts';

/** Everything the door can be asked. A route that is not here fails a test, and so does one that is only here. */
export const operations = {
  ...sessionOperations,
  ...socketOperations,
  ...dropInOperations,
  ...callOperations,
  ...conversationOperations,
  ...meOperations,
  ...usageOperations,
  ...adminOperations,
  ...serviceOperations,
} satisfies Operations;

/** The name of an operation: method and path, as the router has them. */
export type OperationName = keyof typeof operations;

/** All of them, each with its method and path. */
export function eachOperation(): readonly NamedOperation[] {
  return Object.entries<Operation>(operations).map(([name, operation]) => {
    const [method = '', path = ''] = name.split(' ');
    return { ...operation, method, path };
  });
}
