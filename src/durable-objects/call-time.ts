/** The time a call spends with Azure: how far it is charged, and how far it was told. Unix milliseconds. */
export class CallTime {
  #chargedUntil = 0;
  #toldUntil: number | null = null;

  /** A session of Azure's begins: what came before is nobody's. What was not told of the last one still is. */
  begin(now: number): void {
    this.#chargedUntil = now;
    this.#toldUntil ??= now;
  }

  /** The milliseconds that are to be charged now. */
  charge(now: number): number {
    const ms = Math.max(0, now - this.#chargedUntil);
    this.#chargedUntil = now;
    return ms;
  }

  /** The milliseconds that are to be told now. */
  tell(now: number): number {
    const ms = now - (this.#toldUntil ?? now);
    this.#toldUntil = now;
    return ms;
  }
}
