import { afterAll, beforeAll, describe, test } from 'vitest';
import { npmBinaries, type ServerMajor } from '../support/postgres-server.ts';
import { missingPrograms } from '../support/restore-script.ts';
import { type TestVault, testVault } from '../support/vaults.ts';
import { backUpAndRestore, compareWithNative } from './back-up-and-restore.ts';
import { columnOf, sharedGroups, singleGroups } from './groups.ts';
import { reasonToSkipLocale } from './locales.ts';
import { expectNone, skipWith, tell } from './outcome.ts';
import { reasonToSkip, scenarios } from './scenario.ts';
import { type ServerPair, startPair } from './server-pair.ts';

const TIMEOUT_MS = 300_000;

/** Every scenario on two servers of one major: backed up from the first, restored on the second, compared. */
export function restoresEveryScenario(major: ServerMajor, { together }: { together: boolean }): void {
  const missing = missingPrograms(`restore on PostgreSQL ${major}`, ['psql', 'zstd']);
  describe.skipIf(missing.length > 0 || !npmBinaries(major))(`PostgreSQL ${major} gives back`, () => {
    let pair: ServerPair;
    let vault: TestVault;
    beforeAll(async () => {
      vault = await testVault();
      pair = await startPair(major);
    }, TIMEOUT_MS);
    afterAll(async () => {
      await pair?.stop();
      vault?.remove();
    });

    const here = scenarios().filter((scenario) => reasonToSkip(scenario, major) === undefined);
    for (const group of together ? sharedGroups(here) : singleGroups(here)) {
      const column = columnOf(group, major);
      const { name, members } = group;
      test(group.title, { timeout: TIMEOUT_MS }, async (context) => {
        const reason = reasonToSkipLocale(group.locale, major, pair.locales);
        if (reason !== undefined) return skipWith(context, members, column, reason);
        await expectNone(context, members, { on: 'server', column, major }, async () => {
          await pair.make(group);
          const found = await backUpAndRestore(pair, name, vault);
          if (found.length > 0 || members.some(({ needs }) => needs.notNative !== undefined)) return found;
          await pair.createDatabases(`${name} native`, group);
          return await compareWithNative(pair, name, `${name} native`);
        });
        if (context.task.meta.fidelity?.every(({ result }) => result === 'DIFFERS')) {
          tell(context, members, column, 'equal');
        }
      });
    }

    for (const scenario of scenarios().filter((one) => !here.includes(one))) {
      test(`${scenario.name}: ${scenario.title}`, (context) => {
        skipWith(context, [scenario], `${major}`, reasonToSkip(scenario, major) ?? '');
      });
    }
  });
}
