import type pg from 'pg';
import type { PostgresServer } from '../postgres-server.ts';
import { seededRandom } from '../seeded-random.ts';

/** Who commits takes it shared, and who looks at the truth takes it alone. */
export const BARRIER = 4711;

type Choose = (below: number) => number;

/** Statements of one transaction. `T` in front: it takes the barrier first, for its locks keep readers out. */
const KINDS: ReadonlyArray<(choose: Choose) => readonly string[]> = [
  (n) => [`INSERT INTO accounts (owner, balance) VALUES ('new ${n(99)}', ${n(500)})`],
  (n) => [
    `UPDATE accounts SET balance = balance - 10 WHERE id = (SELECT id FROM accounts ORDER BY random() LIMIT 1)`,
    `UPDATE accounts SET balance = balance + 10 WHERE id = (SELECT id FROM accounts ORDER BY random() LIMIT 1)`,
    `INSERT INTO children (account) SELECT id FROM accounts ORDER BY random() LIMIT ${n(3)}`,
  ],
  (n) => [
    `DELETE FROM accounts WHERE id = (SELECT id FROM accounts ORDER BY random() LIMIT 1) AND ${n(3)} = 0`,
  ],
  (n) => [
    `INSERT INTO documents SELECT coalesce(max(id), 0) + 1, E'tab\\t back\\\\slash\\nline ' || ${n(9)}, repeat(md5('${n(999)}'), ${n(400)}), '{"x": [1, null]}', clock_timestamp() FROM documents ON CONFLICT DO NOTHING`,
  ],
  (n) => [`UPDATE documents SET title = 'touched ${n(999)}' WHERE id % 5 = ${n(5)}`],
  (n) => [`UPDATE documents SET body = repeat(md5('${n(999)}'), ${n(500)}) WHERE id % 7 = ${n(7)}`],
  (n) => [`DELETE FROM documents WHERE id % 11 = ${n(11)}`],
  // The key changes, and the large value does not.
  (n) => [
    `UPDATE keys SET key = key || '.' || ${n(9)} WHERE ctid = (SELECT ctid FROM keys ORDER BY random() LIMIT 1)`,
  ],
  (n) => [
    `UPDATE keys SET key = 'moved ' || ${n(1e6)} WHERE ctid = (SELECT ctid FROM keys ORDER BY random() LIMIT 1)`,
    `UPDATE keys SET value = value + 1 WHERE key LIKE 'moved%'`,
    `INSERT INTO keys VALUES ('again ' || ${n(20)}, 1, repeat('x', ${n(9000)})) ON CONFLICT (key) DO UPDATE SET value = keys.value + 1`,
  ],
  (n) => [`UPDATE parts SET region = (region + ${n(20)}) % 20 WHERE id % 9 = ${n(9)}`],
  (n) => [`INSERT INTO parts VALUES (${n(1e6) + 100}, ${n(20)}, 'p') ON CONFLICT DO NOTHING`],
  (n) => [
    `INSERT INTO events SELECT 'same', '{"a":  1}', point(1,1), NULL FROM generate_series(1, ${n(4)})`,
    `INSERT INTO events VALUES ('big', NULL, NULL, repeat(md5('${n(4)}'), 400))`,
  ],
  (n) => [
    `UPDATE events SET kind = 'kind ${n(3)}' WHERE ctid IN (SELECT ctid FROM events ORDER BY random() LIMIT ${n(4)})`,
  ],
  (n) => [`DELETE FROM events WHERE ctid IN (SELECT ctid FROM events ORDER BY random() LIMIT ${n(3)})`],
  (n) => [
    `UPDATE slots SET slot = 20 + 1 - slot WHERE slot BETWEEN 1 AND 20`,
    `UPDATE slots SET value = value + 0.1 WHERE id = ${n(20)}`,
  ],
  (n) => [
    `UPDATE by_index SET b = b || 'x', c = NULL WHERE a = ${n(20)}`,
    `INSERT INTO by_index (a, b) VALUES (${n(1e6)}, '')`,
  ],
  (n) => [`UPDATE by_index SET id = id + 100000 WHERE a = ${n(20)} AND id < 100000`],
  (n) => [`T TRUNCATE emptied`, `INSERT INTO emptied SELECT g, 'after' FROM generate_series(1, ${n(9)}) g`],
  (n) => [`INSERT INTO emptied VALUES (${n(1e6) + 100}, 'one') ON CONFLICT DO NOTHING`],
  (n) => [
    `SELECT nextval('tickets') FROM generate_series(1, ${n(5)})`,
    `SELECT pg_logical_emit_message(${n(2) === 0}, 'app', 'hello')`,
  ],
  (n) => [
    `SAVEPOINT a`,
    `INSERT INTO emptied VALUES (${n(50) + 20}, 'undone') ON CONFLICT DO NOTHING`,
    `ROLLBACK TO a`,
    `UPDATE accounts SET owner = owner || 's' WHERE id = ${n(40)}`,
    `SAVEPOINT b`,
    `INSERT INTO parts VALUES (${n(1e6) + 100}, 3, 's') ON CONFLICT DO NOTHING`,
    `RELEASE b`,
  ],
];

/** What a server answers when transactions meet: they are rolled back, and that is part of the test. */
const MEETINGS = new Set(['40P01', '40001', '23505', '23503', '55P03']);

/** A client that writes until it is stopped. */
export class Writer {
  readonly #client: pg.Client;
  readonly #choose: Choose;
  readonly #number: number;
  #stopped = false;
  #done: Promise<void> | undefined;
  transactions = 0;

  private constructor(client: pg.Client, number: number, seed: number) {
    this.#client = client;
    this.#number = number;
    const random = seededRandom(seed + number);
    this.#choose = (below) => random.below(below);
  }

  static async start(
    server: PostgresServer,
    database: string,
    number: number,
    seed: number,
  ): Promise<Writer> {
    const writer = new Writer(await server.connect(database), number, seed);
    writer.#done = writer.#write();
    writer.#done.catch(() => {});
    return writer;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
    await this.#client.end();
  }

  async #write(): Promise<void> {
    while (!this.#stopped) {
      const kind = KINDS[this.#choose(KINDS.length)];
      try {
        await this.#transaction(kind?.(this.#choose) ?? []);
        this.transactions += 1;
      } catch (error) {
        await this.#client.query('ROLLBACK').catch(() => {});
        const code = (error as { code?: string }).code ?? '';
        if (!MEETINGS.has(code)) throw error;
      }
    }
  }

  async #transaction(statements: readonly string[]): Promise<void> {
    const client = this.#client;
    await client.query('BEGIN');
    const isExclusive = statements.some((one) => one.startsWith('T '));
    if (isExclusive) await this.#barrier();
    for (const statement of statements) await client.query(statement.replace(/^T /, ''));
    // Open for a while, so that snapshots meet it.
    if (this.#choose(6) === 0) await client.query('SELECT pg_sleep(0.02)');
    if (this.#choose(8) === 0) {
      await client.query('ROLLBACK');
      return;
    }
    if (!isExclusive) await this.#barrier();
    if (this.#choose(12) !== 0) {
      await client.query('COMMIT');
      return;
    }
    const name = `'two ${this.#number} ${this.transactions}'`;
    await client.query(`PREPARE TRANSACTION ${name}`);
    // The barrier belongs to the prepared transaction until that ends.
    await client.query(this.#choose(4) === 0 ? `ROLLBACK PREPARED ${name}` : `COMMIT PREPARED ${name}`);
  }

  async #barrier(): Promise<void> {
    await this.#client.query(`SELECT pg_advisory_xact_lock_shared(${BARRIER})`);
  }
}
