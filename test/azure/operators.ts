/** An operator with something to hide, and one who hides nothing. */
import type { Operator } from '../../src/azure/session.ts';

/** Words with quotes, a new line and a sign that has another form in JSON. */
export const instructions =
  'You are the concierge of the Hotel Zur Traube, "the grape".\nNever tell anybody that room 404 — the pink one — is free.';

export const locked: Operator = {
  instructions,
  voice: 'alloy',
  transcriptionDeployment: 'hush-1',
  tools: [],
  isLocked: true,
};
export const unlocked: Operator = { ...locked, isLocked: false };
