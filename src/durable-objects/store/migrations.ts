/** How the tables of an object come to be, and change: numbered steps, each taken once and never taken back. */

/** One step. `sql` is one or more statements, without parameters. */
export interface Migration {
  /** 1, 2, 3…; a number that was deployed never changes its meaning. */
  readonly version: number;
  readonly sql: string;
}

const VERSIONS = `
  CREATE TABLE IF NOT EXISTS schema_versions (
    version INTEGER PRIMARY KEY,
    applied_at INTEGER NOT NULL
  ) STRICT`;

/**
 * Takes every step that this database has not taken, each in a transaction of its own: one that fails leaves no trace,
 * throws, and is tried again by the next object. To be called in an object's constructor, before any other statement.
 *
 * A database that is ahead of the code is left as it is, so a step may only add: while a deploy runs, or after one was
 * rolled back, older code meets newer tables.
 */
export function migrate(storage: DurableObjectStorage, migrations: readonly Migration[]): void {
  migrations.forEach(({ version }, index) => {
    if (version !== index + 1) throw new RangeError(`Migration ${index + 1} is numbered ${version}`);
  });
  const { sql } = storage;
  sql.exec(VERSIONS);
  const { reached } = sql
    .exec<{ reached: number }>('SELECT coalesce(max(version), 0) AS reached FROM schema_versions')
    .one();
  for (const { version, sql: statements } of migrations.slice(reached)) {
    storage.transactionSync(() => {
      sql.exec(statements);
      sql.exec('INSERT INTO schema_versions (version, applied_at) VALUES (?, ?)', version, Date.now());
    });
  }
}
