/** A tool the model called, as a recorder keeps it. Pure. */
import { NOTHING, type Amount } from '../azure/usage.ts';
import { isRecord } from '../azure/wire.ts';
import type { Said } from './said.ts';

/** A call of a tool. It is made when its response is done, and answered when somebody puts its output in. */
export interface ToolUse {
  readonly kind: 'call';
  readonly id: string;
  readonly saidAt: number;
  readonly callId: string;
  readonly name: string;
  readonly arguments: string;
  readonly output: string | null;
  readonly isMade: boolean;
  readonly cost: Amount;
}

/** What a `function_call` item tells of a call. */
export function toolUse(
  item: Record<string, unknown>,
): Omit<ToolUse, 'saidAt' | 'output' | 'isMade' | 'cost'> {
  const { id, call_id: callId, name, arguments: given } = item;
  return {
    kind: 'call',
    id: textOf(id),
    callId: textOf(callId),
    name: textOf(name),
    arguments: textOf(given),
  };
}

/** A call that has just begun. */
export function freshUse(item: Record<string, unknown>): Omit<ToolUse, 'saidAt'> {
  return { ...toolUse(item), output: null, isMade: false, cost: NOTHING };
}

/** What is remembered of a call: a message of the assistant without words. */
export function kept({ id, saidAt, callId, name, cost, ...use }: ToolUse): Said {
  const output = use.output === null ? null : valueOf(use.output);
  const call = {
    call_id: callId,
    name,
    arguments: valueOf(use.arguments),
    output,
    is_error: isFailure(output),
  };
  const said = { itemId: id, role: 'assistant', mode: 'voice', content: '', status: 'complete' } as const;
  return { ...said, saidAt, toolCalls: [call], cost };
}

/** How tools say that they failed: those that run here, and those of the page. The wire has no word for it. */
function isFailure(output: unknown): boolean {
  return isRecord(output) && (typeof output['error'] === 'string' || output['success'] === false);
}

/** On the wire both are text; what is JSON is kept as what it stands for. */
function valueOf(text: string): unknown {
  try {
    // Null is how an output is told that never came.
    return JSON.parse(text) ?? text;
  } catch {
    return text;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
