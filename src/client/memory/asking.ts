/** What the deciding half asks the gateway about what it remembers. Pure. */
import type { Action } from '../actions.ts';
import type { Model } from '../model.ts';
import { stay, type Step } from '../step.ts';
import type { Memory, MemoryRequest } from './memory.ts';

/** The first page again, without anything being taken away meanwhile. */
export function refreshList(model: Model): Step {
  const { list: listing } = model.memory;
  return listing.state === 'unknown' ? stay(model) : ask(model, { name: 'list', cursor: null });
}

/** Asks, and changes nothing else. */
export function ask(model: Model, request: MemoryRequest): Step {
  return { model, actions: [asking(request)] };
}

/** The action of asking. */
export function asking(request: MemoryRequest): Action {
  return { type: 'memory', request };
}

/** The model with another list. */
export function withMemory(model: Model, memory: Memory): Model {
  return { ...model, memory };
}
