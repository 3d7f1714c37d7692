/** What the person sees of what comes down: captions, complaints, warnings and the cost. Pure. */
import type { Action } from './actions.ts';
import { followCaptions, removeCaption } from './captions.ts';
import { addTurn, usedShare } from './cost.ts';
import { announcesEnd } from './endings.ts';
import { inConversation } from './conversation.ts';
import type { Model } from './model.ts';
import { errorNotice, type Notice } from './problems.ts';
import type { ServerEvent } from './server-events.ts';
import { inWriting, tellWarning, type Warning } from './warnings.ts';

/** From this share of the day on, the assistant writes instead of speaking. */
const WRITES_FROM = 0.95;

/** Shows an event that came at `at`, in Unix milliseconds; what it does to the turn comes apart from this. */
export function show(model: Model, event: ServerEvent, at: number): Model {
  switch (event.type) {
    case 'error':
      return showError(model, event);
    case 'gateway.warning':
      return showWarning(model, event.warning, at);
    case 'gateway.usage': {
      const cost = addTurn(model.cost, event);
      const isNewDay = model.standing === inWriting && usedShare(cost) < WRITES_FROM;
      return { ...model, cost, standing: isNewDay ? null : model.standing };
    }
    case 'response.done':
      return event.status === 'failed' ? { ...model, notice: noAnswer(event.message) } : model;
    case 'response.created':
      // A new answer means that what was complained about is over; a microphone's trouble is not.
      return { ...model, notice: model.notice?.remedy === 'none' ? null : model.notice };
    case 'gateway.session':
      return event.conversationId === '' ? model : inConversation(model, event.conversationId);
    case 'gateway.upstream.renewed':
    case 'session.created':
    case 'gateway.tool':
    case 'input_audio_buffer.speech_started':
    case 'input_audio_buffer.speech_stopped':
    case 'input_audio_buffer.committed':
    case 'conversation.item.added':
    case 'conversation.item.input_audio_transcription.delta':
    case 'conversation.item.input_audio_transcription.completed':
    case 'conversation.item.input_audio_transcription.failed':
    case 'response.content_part.added':
    case 'response.output_audio.done':
    case 'answer.delta':
    case 'answer.done':
    case 'answer.playing':
    case 'answer.over':
    case 'answer.cut':
      return { ...model, captions: followCaptions(model.captions, event) };
  }
}

/** Shows a warning that came at `at`, in Unix milliseconds. */
export function showWarning(model: Model, warning: Warning, at: number): Model {
  const told = tellWarning(warning, at);
  if (told === null) return model;
  return told.isStanding ? { ...model, standing: told.notice } : { ...model, notice: told.notice };
}

/** What Azure is told to forget is not shown either. */
export function withoutDeleted(model: Model, actions: readonly Action[]): Model {
  const captions = actions.reduce(
    (now, action) =>
      action.type === 'send' && action.event.type === 'conversation.item.delete'
        ? removeCaption(now, action.event.item_id)
        : now,
    model.captions,
  );
  return { ...model, captions };
}

/** An error that ends the call is told with the end: whoever listens hears of it once. */
function showError(model: Model, { code, message }: Extract<ServerEvent, { type: 'error' }>): Model {
  const notice = announcesEnd(code) ? null : errorNotice(code, message);
  return { ...model, lastError: code, notice: notice ?? model.notice };
}

function noAnswer(message: string | null): Notice {
  return { text: `The assistant could not answer. ${message ?? 'Say it again.'}`, remedy: 'none' };
}
