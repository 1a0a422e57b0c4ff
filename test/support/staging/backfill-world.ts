import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BackfillRequest } from '../../../lib/engine/backfill/backfill-request.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';

const SCHEMA = `
  CREATE TABLE notes (region text COLLATE "C", id uuid, body text NOT NULL, shout text CHECK (shout <> 'WORD 13'), size int,
    tags text[], facts jsonb, PRIMARY KEY (region, id));
  INSERT INTO notes (region, id, body)
    SELECT CASE n % 3 WHEN 0 THEN 'eu' WHEN 1 THEN E'u\\ts"1' ELSE 'us' END, md5(n::text)::uuid, 'word ' || n FROM generate_series(1, 250) n;
  CREATE VIEW seen AS SELECT * FROM notes;
  CREATE TABLE keyless (a int)`;

export interface Asked {
  readonly id: string;
  readonly row: { readonly body: string };
}
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export function answerAll(rows: Asked[]): Answer {
  return { status: 200, body: { rows: rows.map(({ id, row }) => ({ id, value: row.body.toUpperCase() })) } };
}

/** A server with notes, and an endpoint that computes. */
export class BackfillWorld {
  readonly server: PostgresServer;
  readonly #endpoint: Server;
  /** What the endpoint does next; by default it answers with the body in capitals. */
  respond: (rows: Asked[], attempt: number) => Answer | Promise<Answer> = answerAll;
  readonly seenHeaders: Array<string | undefined> = [];
  #attempts = 0;
  #databases = 0;

  static async open(): Promise<BackfillWorld> {
    const world = new BackfillWorld(await startPostgres({ major: 17 }));
    await new Promise<void>((resolve) => world.#endpoint.listen(0, '127.0.0.1', resolve));
    return world;
  }

  private constructor(server: PostgresServer) {
    this.server = server;
    this.#endpoint = createServer(async (request, response) => {
      let text = '';
      for await (const piece of request) text += piece;
      this.#attempts += 1;
      this.seenHeaders.push(request.headers.authorization);
      const { status, headers = {}, body = {} } = await this.respond(JSON.parse(text).rows, this.#attempts);
      response.writeHead(status, headers).end(JSON.stringify(body));
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#endpoint.address() as AddressInfo).port}/`;
  }

  /** A database of its own, and a request for it. */
  async fresh(asked: Partial<BackfillRequest> = {}) {
    this.#databases += 1;
    const database = `backfill_${this.#databases}`;
    await this.server.run(`CREATE DATABASE ${database}`);
    await this.server.run(SCHEMA, database);
    this.#attempts = 0;
    this.respond = answerAll;
    const request: BackfillRequest = {
      settings: connectionSettings(this.server.url(database)),
      table: 'public.notes',
      column: 'shout',
      inputs: ['body'],
      method: {
        kind: 'http',
        url: this.url,
        headers: new Map([['authorization', 'Bearer s3cret-key']]),
        format: 'rows',
      },
      batchSize: 20,
      jobs: 3,
      retries: 3,
      firstWaitMs: 1,
      answerTimeoutMs: 30_000,
      statementTimeoutMs: 30_000,
      lockTimeoutMs: 5000,
      nulls: 'keep',
      withoutTriggers: false,
      resume: false,
      startOver: false,
      environment: process.env,
      signal: new AbortController().signal,
      ...asked,
    };
    const client = await this.server.connect(database);
    const rows = async (sql: string) =>
      (await client.query({ text: sql, rowMode: 'array' })).rows as unknown[][];
    return { database, request, rows, run: (sql: string) => client.query(sql) };
  }

  async stop(): Promise<void> {
    this.#endpoint.closeAllConnections();
    this.#endpoint.close();
    await this.server.stop();
  }
}
