import type { GenericSchema } from 'valibot';
import { problems, type ProblemCode } from '../problem.ts';

/** One thing the door can be asked, as people and programs are told about it; its schemas type what the route says. */
export interface Operation {
  /** What it does, in one sentence. */
  readonly summary: string;
  /** What else there is to know. */
  readonly details?: string;
  readonly tag: Tag;
  readonly who: Who;
  readonly parameters?: readonly Parameter[];
  /** The JSON it takes as a body, or the type of another text; without it, none is read. */
  readonly takes?: GenericSchema | 'application/sdp';
  /** What it says when it does what it was asked, by status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** How it may refuse, beside what `refusalsOf` adds for every operation like it. */
  readonly refusals?: readonly ProblemCode[];
}

/** Chapters of the documentation, in their order. */
export const tags = ['Session', 'Sockets', 'Calls', 'Memory', 'Usage', 'Administration', 'Service'] as const;

/** A chapter. */
export type Tag = (typeof tags)[number];

/** Who is let in. */
export type Who = 'anyone' | 'user' | 'admin';

/** A parameter of the path or the query; the schema is that of its text. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly description: string;
  readonly schema: GenericSchema<string>;
  /** False unless told; what stands in a path always is. */
  readonly isRequired?: boolean;
}

/** One answer: its body, if it has any, and the headers that a program reads. */
export interface Answer {
  readonly description: string;
  readonly body?: Body;
  /** What each header says. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A body of this type; text has no schema. */
export type Body =
  | { readonly type: 'application/json'; readonly schema: GenericSchema }
  | { readonly type: 'text/html' }
  | { readonly type: 'application/sdp' };

/** Operations by method and path, as a router has them: `DELETE /api/admin/sessions/:id`. */
export type Operations = Readonly<Record<string, Operation>>;

/** An operation with its place in the router. */
export type NamedOperation = Operation & { readonly method: string; readonly path: string };

/** How a route that asks a user's object, or the directory, may refuse. */
export const whenObjectsAreAsked = ['rate_limited', 'unavailable'] as const satisfies readonly ProblemCode[];

const toUsers = [
  'unauthenticated',
  'invalid_credential',
  'credential_in_url',
  'rate_limited',
  'not_configured',
] as const;

const refusalsByWho: Readonly<Record<Who, readonly ProblemCode[]>> = {
  anyone: [],
  user: toUsers,
  admin: [...toUsers, 'admin_only'],
};

/** A cookie changes something only from an allowed origin; and only what changes something has a body. */
const whenChanging = ['origin_not_allowed', 'invalid_request', 'body_too_large'] as const;

/** Every code that an operation may refuse with, its own and everybody's, by rising status. */
export function refusalsOf({ method, who, refusals = [] }: NamedOperation): readonly ProblemCode[] {
  const codes: readonly ProblemCode[] = [
    ...refusals,
    ...refusalsByWho[who],
    ...(method === 'GET' ? [] : whenChanging),
    'internal',
  ];
  return [...new Set(codes)].toSorted((one, other) => problems[one].status - problems[other].status);
}
