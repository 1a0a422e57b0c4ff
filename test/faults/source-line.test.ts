import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { intercept } from '../support/intercepted-store.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { Tally } from '../support/tally.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { type TestVault, testVault } from '../support/vaults.ts';
import { attempt, expectNextRunFine, expectSourceLeftAlone } from './aftermath.ts';

/** The line between the source and us, at every stage of a backup. */
let server: PostgresServer;
let proxy: TcpProxy;
let vault: TestVault;
let wholeBytes: number;
const tally = new Tally();
const LONGEST_SILENCE_MS = 1000;
/** Silence, and the farewells to the sessions that do not answer either. */
const STATED_MS = 20_000;

const viaProxy = () => server.url().replace(`:${server.port}/`, `:${proxy.port}/`);

beforeAll(async () => {
  server = await startPostgres({ major: 17 });
  proxy = await startTcpProxy(server);
  vault = await testVault();
  await server.run(
    `CREATE TABLE large AS SELECT g AS id, repeat(md5(g::text), 10) AS t FROM generate_series(1, 20000) g;
     CREATE TABLE small AS SELECT g AS id FROM generate_series(1, 10) g;
     CREATE VIEW v AS SELECT id FROM small; CREATE INDEX ON large (id)`,
  );
  proxy.set(undefined);
  expect(await attempt(viaProxy(), vault.store, {})).toMatchObject({ sealed: true });
  wholeBytes = proxy.bytes;
});
afterAll(async () => {
  await proxy?.stop();
  await server?.stop();
  vault?.remove();
  console.log(`source line\n${tally.table(['fault', 'tried', 'survived'])}`);
});

/** Parts of all the bytes of a good run: while connecting, in the catalog, among the rows, near the seal. */
const STAGES = [0.0001, 0.005, 0.02, 0.1, 0.3, 0.6, 0.9, 0.97, 0.99, 0.999];

describe.each(['cut', 'reset', 'stall'] as const)('a line that is %s', (fault) => {
  it.each([false, true])('at every stage, one connection only: %s', async (onlyThat) => {
    // Before there is a session it is the connection's own time-out that ends a stall, five times 15 seconds.
    const stages = fault === 'stall' ? STAGES.slice(1) : STAGES;
    for (const stage of stages) {
      proxy.set({ fault, afterBytes: Math.ceil(wholeBytes * stage), onlyThat });
      const { sealed, error, durationMs } = await attempt(
        viaProxy(),
        vault.store,
        {},
        { longestSilenceMs: LONGEST_SILENCE_MS, jobs: 2 },
      );
      if (proxy.struck && !sealed) expect(error, `${stage}`).toMatchObject({ kind: 'source' });
      expect(durationMs, `${fault} at ${stage}`).toBeLessThan(STATED_MS);
      proxy.heal();
      await expectSourceLeftAlone(server);
      tally.add(`source line: ${fault}${onlyThat ? ', one connection' : ', all'}`, true);
    }
    await expectNextRunFine(server, vault.store);
  });
});

it('a slow line is no fault', async () => {
  proxy.slowDown(5);
  expect(await attempt(viaProxy(), vault.store, {}, { longestSilenceMs: LONGEST_SILENCE_MS })).toMatchObject({
    sealed: true,
  });
  proxy.heal();
  await expectSourceLeftAlone(server);
  tally.add('source line: slow', true);
});

it('a source that is silent because the vault is slow is waited for', async () => {
  const slow = intercept(vault.store, {
    duringUpload: () => new Promise((resolve) => setTimeout(resolve, 3 * LONGEST_SILENCE_MS)),
  });
  expect(
    await attempt(viaProxy(), slow, { store: vault.store }, { longestSilenceMs: LONGEST_SILENCE_MS }),
  ).toMatchObject({ sealed: true });
  tally.add('vault slower than the longest silence', true);
});
