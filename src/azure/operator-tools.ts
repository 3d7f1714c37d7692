/** The tools that an operator gives to a call: how Azure is told of them, and who carries each out. Pure. */

/** Who carries a tool out: the page or SDK at the other end, or the gateway. */
export type Answerer = 'client' | 'gateway';

/** A function as `session.tools` takes it. */
export interface FunctionTool {
  readonly type: 'function';
  readonly name: string;
  readonly description: string;
  /** JSON schema of an object. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** A tool of the operator's. */
export interface OperatorTool {
  readonly declaration: FunctionTool;
  readonly answerer: Answerer;
}

/** The tools of an operator who has none. */
export const noTools: readonly OperatorTool[] = [];

/** The tools as `session.tools` takes them. */
export function declared(tools: readonly OperatorTool[]): readonly FunctionTool[] {
  return tools.map(({ declaration }) => declaration);
}

/** Who answers a call of this name; the client, when it is no tool of the operator's. */
export function answererOf(name: string, tools: readonly OperatorTool[]): Answerer {
  return tools.find(({ declaration }) => declaration.name === name)?.answerer ?? 'client';
}

/** Whether Azure tells of a tool just as the operator declared it. The order of keys is Azure's own. */
export function isOperators(told: unknown, tools: readonly OperatorTool[]): boolean {
  const text = inOrder(told);
  return tools.some(({ declaration }) => inOrder(declaration) === text);
}

function inOrder(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}
