import { log } from '../observe/log.ts';
import { problem } from './problem.ts';

/** What a route answers when an object that it needs cannot be reached: 503, and the name of the error in the log. */
export function unreachable(error: Error): Response {
  log('door.failed', { error_name: error.name });
  return problem('unavailable');
}
