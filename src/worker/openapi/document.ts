import { toJsonSchema } from '@valibot/to-json-schema';
import type { GenericSchema } from 'valibot';
import { PROBLEM_TYPE, problemDocument, problems, type ProblemCode } from '../problem.ts';
import { refusalsOf, tags, type Answer, type NamedOperation, type Parameter, type Who } from './operation.ts';
import { eachOperation } from './operations.ts';

/** A JSON Schema, draft 2020-12, as OpenAPI 3.1 takes it. */
export type JsonSchema = Readonly<ReturnType<typeof toJsonSchema>>;

/** An OpenAPI 3.1 document, with those of its parts that we write. */
export interface ApiDocument {
  readonly openapi: '3.1.1';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly securitySchemes: typeof credentials;
  };
}

/** What one address takes, by method in small letters. */
export type PathItem = Readonly<Record<string, OperationObject>>;

/** One operation. */
export interface OperationObject {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters: readonly ParameterObject[];
  readonly requestBody?: RequestBodyObject;
  readonly responses: Readonly<Record<string, ResponseObject>>;
}

/** One parameter. */
export interface ParameterObject {
  readonly name: string;
  readonly in: Parameter['in'];
  readonly required: boolean;
  readonly description: string;
  readonly schema: JsonSchema;
}

/** The JSON that an operation takes, or another text. */
export interface RequestBodyObject {
  readonly required: true;
  readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>>;
}

/** One answer: what it is, its headers, and its body by type. */
export interface ResponseObject {
  readonly description: string;
  readonly headers: Readonly<Record<string, { readonly description: string; readonly schema: JsonSchema }>>;
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>>;
}

/** The ways to say who one is, in the order in which they count. */
const credentials = {
  bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
  apiKey: { type: 'apiKey', in: 'header', name: 'api-key', description: 'A token, where SDKs put a key.' },
  subprotocol: {
    type: 'apiKey',
    in: 'header',
    name: 'Sec-WebSocket-Protocol',
    description:
      'On a socket: `openai-insecure-api-key.TOKEN`, or `voxgate.ticket.TICKET` from another origin.',
  },
  access: {
    type: 'apiKey',
    in: 'header',
    name: 'Cf-Access-Jwt-Assertion',
    description: 'A token that Cloudflare Access puts there.',
  },
  cookie: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-voxgate',
    description: 'The session cookie; `voxgate` on plain-http loopback.',
  },
} as const;

const DESCRIPTION =
  'A voice and text gateway for Azure OpenAI. Every refusal is a problem document (RFC 9457) with a stable `code`: ' +
  'what is not here is 404, a method that an address does not take 405 with `Allow`; 401 carries `WWW-Authenticate`, ' +
  '429 and 503 carry `Retry-After`. A client overlooks fields it does not know.';

/** The document of this API: the same for everybody, whatever is configured. */
export function apiDocument(version: string): ApiDocument {
  const paths: Record<string, Record<string, OperationObject>> = {};
  for (const operation of eachOperation()) {
    const path = operation.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: operationObject(operation) };
  }
  return {
    openapi: '3.1.1',
    info: { title: 'Voxgate', version, description: DESCRIPTION },
    tags: tags.map((name) => ({ name })),
    paths,
    components: { schemas: { Problem: jsonSchema(problemDocument) }, securitySchemes: credentials },
  };
}

function operationObject(operation: NamedOperation): OperationObject {
  const { method, path, summary, details, tag, who, parameters = [], takes, answers } = operation;
  const refusals = new Map(
    [...Map.groupBy(refusalsOf(operation), (code): number => problems[code].status)].map(
      ([status, codes]) => [status, refusalObject(status, codes)] as const,
    ),
  );
  return {
    operationId: `${method.toLowerCase()}${path.replaceAll(/[^a-z]+(?<first>[a-z]?)/g, (_, first: string) => first.toUpperCase())}`,
    summary,
    ...(details === undefined ? {} : { description: details }),
    tags: [tag],
    security: securityOf(who),
    parameters: parameters.map(parameterObject),
    ...(takes === undefined ? {} : { requestBody: bodyObject(takes) }),
    responses: {
      ...Object.fromEntries(refusals),
      ...Object.fromEntries(
        Object.entries(answers).map(([status, answer]) => [
          status,
          withRefusals(answerObject(answer), refusals.get(Number(status))),
        ]),
      ),
    },
  };
}

function securityOf(who: Who): OperationObject['security'] {
  if (who === 'anyone') return [];
  // What is no OAuth may name roles there.
  return Object.keys(credentials).map((name) => ({ [name]: who === 'admin' ? ['admin'] : [] }));
}

function parameterObject({ schema, isRequired, ...parameter }: Parameter): ParameterObject {
  return { ...parameter, required: isRequired ?? parameter.in === 'path', schema: jsonSchema(schema) };
}

function bodyObject(taken: NonNullable<NamedOperation['takes']>): RequestBodyObject {
  if (typeof taken === 'string')
    return { required: true, content: { [taken]: { schema: { type: 'string' } } } };
  return { required: true, content: { 'application/json': { schema: jsonSchema(taken, 'input') } } };
}

function answerObject({ description, body, headers }: Answer): ResponseObject {
  const schema = body?.type === 'application/json' ? jsonSchema(body.schema) : { type: 'string' as const };
  return {
    description,
    headers: headerObjects(headers),
    ...(body === undefined ? {} : { content: { [body.type]: { schema } } }),
  };
}

/** The headers that go with a refusal's status. */
const refusalHeaders: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  402: { 'Retry-After': 'Seconds until the day begins anew.' },
  401: { 'WWW-Authenticate': 'How to sign in.' },
  426: { Upgrade: '`websocket`.' },
  429: { 'Retry-After': 'Seconds to wait.' },
  503: { 'Retry-After': 'Seconds to wait.' },
};

function refusalObject(status: number, codes: readonly ProblemCode[]): ResponseObject {
  return {
    description: codes.map((code) => `\`${code}\`: ${problems[code].title}.`).join(' '),
    headers: headerObjects(refusalHeaders[status]),
    content: { [PROBLEM_TYPE]: { schema: refusalSchema(codes) } },
  };
}

function headerObjects(headers: Readonly<Record<string, string>> = {}): ResponseObject['headers'] {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );
}

function refusalSchema(codes: readonly ProblemCode[]): JsonSchema {
  return {
    allOf: [{ $ref: '#/components/schemas/Problem' }, { properties: { code: { enum: [...codes] } } }],
  };
}

/** An answer may share its status with refusals: 503 of `/health` is said in two ways. */
function withRefusals(answer: ResponseObject, refusal: ResponseObject | undefined): ResponseObject {
  if (refusal === undefined) return answer;
  return { ...answer, content: { ...answer.content, ...refusal.content } };
}

/** Closed in our tests, open to clients: we may add a field, and a client that checks must not break on it. */
function jsonSchema(schema: GenericSchema, typeMode: 'input' | 'ignore' = 'ignore'): JsonSchema {
  const { $schema: _, ...written } = toJsonSchema(schema, {
    target: 'draft-2020-12',
    typeMode,
    overrideSchema: ({ jsonSchema: own }) => {
      const { additionalProperties, ...open } = own;
      return additionalProperties === false ? open : undefined;
    },
  });
  return written;
}
