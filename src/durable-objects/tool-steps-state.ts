/** How far the model has come with the tools of a call. */
export interface ToolSteps {
  /** Items of Azure's that are calls of the gateway's to answer: no client sees them. The newest of many. */
  readonly items: ReadonlySet<string>;
  /** Calls that were made since the last answer of the conversation began, whoever answers them. */
  readonly made: ReadonlySet<string>;
  /** Answers in a row that called tools, since the person said something. */
  readonly count: number;
}

/** Nothing was called. */
export const freshSteps: ToolSteps = { items: new Set(), made: new Set(), count: 0 };
