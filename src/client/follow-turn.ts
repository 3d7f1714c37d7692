/** How a turn moves with what comes down the socket and what the speaker tells. */
import {
  leaveMoot,
  playOrKeep,
  replyBegun,
  speechStarted,
  speechStopped,
  turnTaken,
  wasMeant,
  wasNothing,
} from './interruption.ts';
import type { ServerEvent } from './server-events.ts';
import { stay, type Part, type Turn, type TurnStep } from './turn.ts';

/** Follows an event from the gateway. */
export function followTurn(turn: Turn, event: ServerEvent): TurnStep {
  switch (event.type) {
    case 'input_audio_buffer.speech_started':
      return speechStarted(turn, event.itemId);
    case 'input_audio_buffer.speech_stopped':
      return speechStopped(turn);
    case 'input_audio_buffer.committed':
      return turnTaken({ ...turn, isAwaited: true });
    case 'conversation.item.input_audio_transcription.delta':
      return event.delta.trim() === '' ? stay(turn) : wasMeant(turn, event.itemId);
    case 'conversation.item.input_audio_transcription.completed':
      return event.transcript.trim() === '' ? wasNothing(turn, event.itemId) : wasMeant(turn, event.itemId);
    case 'conversation.item.input_audio_transcription.failed':
      return wasMeant(turn, event.itemId);
    case 'response.created':
      return stay({
        ...turn,
        working: 0,
        response: event.responseId,
        isAwaited: turn.isAwaited || !turn.unwanted.includes(event.responseId),
      });
    case 'response.content_part.added':
      return event.isAudio ? partAdded(turn, event) : stay(turn);
    case 'response.output_audio.done':
      return partsWhole(turn, (part) => part.itemId === event.itemId);
    case 'response.done':
      return responseDone(turn, event.responseId);
    case 'answer.playing':
      return stay({ ...turn, playing: event.responseId, isAwaited: false });
    case 'gateway.tool':
      return stay({ ...turn, working: Math.max(0, turn.working + (event.state === 'running' ? 1 : -1)) });
    case 'answer.over':
      // Another may be awaited since; where none sounded, none comes.
      return stay({ ...turn, playing: null, isAwaited: turn.playing !== null && turn.isAwaited });
    case 'gateway.upstream.renewed':
    case 'session.created':
    case 'gateway.session':
    case 'gateway.usage':
    case 'gateway.warning':
    case 'conversation.item.added':
    case 'answer.delta':
    case 'answer.done':
    case 'answer.cut':
    case 'error':
      return stay(turn);
  }
}

/** Takes a binary frame: the next sound of the part announced last. */
export function takeSound(turn: Turn, pcm: ArrayBuffer): TurnStep {
  const part = turn.parts.find(({ number }) => number === turn.incoming);
  if (part === undefined) return stay(turn);
  const longer = { ...part, receivedBytes: part.receivedBytes + pcm.byteLength };
  const parts = turn.parts.map((it) => (it === part ? longer : it));
  const known = Math.min(pcm.byteLength, Math.max(0, part.heardBytes - part.receivedBytes));
  if (known === pcm.byteLength) return stay({ ...turn, parts });
  const news = known === 0 ? pcm : pcm.slice(known);
  return playOrKeep({ ...turn, parts }, longer, { type: 'play', part: part.number, pcm: news });
}

/** The last sample of a part was played; those before it are over too. */
export function partEnded(turn: Turn, number: number): Turn {
  return { ...turn, parts: turn.parts.filter((part) => part.number > number) };
}

/** The call is another one: nothing more comes of what was under way, and what has come of it is played. */
export function abandoned(turn: Turn): TurnStep {
  const whole = partsWhole({ ...turn, response: null, playing: null, isAwaited: false }, () => true);
  const parts = whole.turn.parts.filter((part) => part.receivedBytes > 0);
  const after = leaveMoot({ ...whole.turn, parts, incoming: null });
  return { turn: after.turn, actions: [...whole.actions, ...after.actions] };
}

function partAdded(
  turn: Turn,
  event: Extract<ServerEvent, { type: 'response.content_part.added' }>,
): TurnStep {
  const { responseId, itemId, contentIndex } = event;
  if (turn.unwanted.includes(responseId)) return stay({ ...turn, incoming: null });
  const { interruption, nextPart: number } = turn;
  const heardBytes = turn.heardBefore[itemId] ?? 0;
  const part: Part = {
    number,
    responseId,
    itemId,
    contentIndex,
    receivedBytes: 0,
    heardBytes,
    isWhole: false,
  };
  const next = {
    ...turn,
    parts: [...turn.parts, part],
    incoming: number,
    nextPart: number + 1,
    isAwaited: false,
  };
  const isReply = interruption.name !== 'none' && !interruption.answers.includes(responseId);
  return isReply ? replyBegun(next) : stay(next);
}

function responseDone(turn: Turn, responseId: string): TurnStep {
  const isLatest = turn.response === responseId;
  const isAwaited = turn.isAwaited && !(isLatest && !turn.unwanted.includes(responseId));
  const next = { ...turn, isAwaited, response: isLatest ? null : turn.response };
  const step = partsWhole(next, (part) => part.responseId === responseId);
  // A part that never sounded will never end.
  const parts = step.turn.parts.filter((part) => part.receivedBytes > 0 || part.responseId !== responseId);
  const after = leaveMoot({ ...step.turn, parts });
  return { turn: after.turn, actions: [...step.actions, ...after.actions] };
}

function partsWhole(turn: Turn, isMeant: (part: Part) => boolean): TurnStep {
  const whole = turn.parts.filter((part) => !part.isWhole && isMeant(part));
  // Heard to its end before: nothing of it sounds, so that nothing would tell of its end.
  const known = whole.filter(
    ({ heardBytes, receivedBytes }) => heardBytes > 0 && heardBytes >= receivedBytes,
  );
  const ending = whole.filter((part) => !known.includes(part));
  const left = turn.parts.filter((part) => !known.includes(part));
  const parts = left.map((part) => (ending.includes(part) ? { ...part, isWhole: true } : part));
  return ending.reduce<TurnStep>(
    (step, part) => {
      const next = playOrKeep(step.turn, part, { type: 'finish', part: part.number });
      return { turn: next.turn, actions: [...step.actions, ...next.actions] };
    },
    stay({ ...turn, parts }),
  );
}
