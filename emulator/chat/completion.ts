/** A whole answer in one body, with Azure's keys. Pure. */
import type { Answer } from './answer.ts';
import { blockedAnswer, filterError, promptFilterResults, safeAnswer } from './content-filter.ts';
import { createCallId, type Stream } from './frames.ts';
import { logprobsOf } from './logprobs.ts';

/** The body of an answer that is not streamed. */
export function toCompletion(answer: Answer, stream: Stream): Readonly<Record<string, unknown>> {
  const { behaviour, created, id, model, fingerprint, usage } = stream;
  const hasPromptFilter = behaviour.name !== 'no prompt filter' && behaviour.name !== 'filter error';
  return {
    choices: Array.from({ length: stream.choices }, (_, index) => toChoice(answer, stream, index)),
    created,
    id,
    model,
    object: 'chat.completion',
    ...(hasPromptFilter && { prompt_filter_results: promptFilterResults }),
    system_fingerprint: fingerprint,
    usage,
  };
}

function toChoice(answer: Answer, stream: Stream, index: number) {
  const { finish } = answer;
  return {
    ...filterOf(answer, stream),
    finish_reason: finish,
    index,
    logprobs: stream.hasLogprobs && answer.kind === 'words' ? logprobsOf(answer.pieces) : null,
    message: toMessage(answer),
  };
}

function filterOf({ finish }: Answer, { behaviour }: Stream) {
  if (behaviour.name === 'filter error') return { content_filter_results: filterError };
  if (finish === 'tool_calls') return { content_filter_results: {} };
  return { content_filter_results: finish === 'content_filter' ? blockedAnswer : safeAnswer };
}

function toMessage(answer: Answer) {
  if (answer.kind === 'words') {
    return { annotations: [], content: answer.pieces.join(''), refusal: null, role: 'assistant' };
  }
  const calls = answer.calls.map(({ name, pieces }) => ({
    function: { arguments: pieces.join(''), name },
    id: createCallId(),
    type: 'function',
  }));
  return { annotations: [], content: null, refusal: null, role: 'assistant', tool_calls: calls };
}
