/**
 * How a set answers. `held`: not before `DELETE …/hold`. `stalled`: headers and half of the body, then nothing. `cut`:
 * the same, then the connection ends.
 */
export interface KeySetAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly manner?: 'held' | 'stalled' | 'cut';
}
