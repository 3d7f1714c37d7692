/** What a session sees of a tool server: its tools, and what calling one brings. */

/** A tool as a server lists it. `input_schema` is JSON schema. */
export interface McpTool {
  readonly name: string;
  readonly description: string | null;
  readonly input_schema: unknown;
  readonly annotations: unknown;
}

/** Why a server did not do what it was asked for, as an item of the wire shows it. */
export type McpFailure =
  | { readonly type: 'protocol_error'; readonly code: number; readonly message: string }
  | { readonly type: 'tool_execution_error'; readonly message: string }
  | { readonly type: 'http_error'; readonly code: number; readonly message: string };

/** Tools, or why there are none. */
export type McpListing =
  | { readonly ok: true; readonly tools: readonly McpTool[] }
  | { readonly ok: false; readonly failure: McpFailure };

/** What a call brought, as text, or why it failed. */
export type McpOutcome =
  | { readonly ok: true; readonly output: string }
  | { readonly ok: false; readonly failure: McpFailure };

/** One tool server. Neither method ever rejects. */
export interface McpServer {
  list(): Promise<McpListing>;
  /** `argumentsText` is JSON text, as the model wrote it. */
  call(name: string, argumentsText: string): Promise<McpOutcome>;
}
