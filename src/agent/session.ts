/** A talk that is kept in memory: what an agent has when nobody brings it another. */
import type { AgentSession, Said, Turn } from './run.ts';

/** Older turns are forgotten: a talk in memory has no summary. */
const MOST_TURNS = 100;

/** A session that lives as long as whoever holds it. It remembers the last hundred turns. */
export function sessionInMemory(): AgentSession {
  let turns: readonly Turn[] = [];
  return {
    recall: () => ({ summary: null, said: turns.flatMap(saidIn) }),
    keep: (turn) => {
      turns = [...turns, turn].slice(-MOST_TURNS);
    },
  };
}

/** A turn as the model is given it later: what was asked, done and answered. */
export function saidIn({ message, answer, toolCalls }: Turn): readonly Said[] {
  return [
    { role: 'user', text: message },
    ...toolCalls.map((call): Said => ({ role: 'tool', ...call })),
    ...(answer === '' ? [] : [{ role: 'assistant', text: answer } as const]),
  ];
}
