/** How deep a JSON value is nested. JSON.parse takes any depth; whatever recurses over the value does not. Pure. */

/** Whether a value has more than so many levels of objects and arrays. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > levels) return true;
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
  }
  return false;
}
