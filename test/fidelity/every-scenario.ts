import { afterAll, beforeAll, describe, test } from 'vitest';
import { npmBinaries, type ServerMajor } from '../support/postgres-server.ts';
import { missingPrograms } from '../support/restore-script.ts';
import { type TestVault, testVault } from '../support/vaults.ts';
import { backUpAndRestore, compareWithNative } from './back-up-and-restore.ts';
import { columnOf, groupsOf } from './groups.ts';
import { reasonToSkipLocale } from './locales.ts';
import { nativeToolsFor } from './native-tools.ts';
import { expectNone, skipWith, tell } from './outcome.ts';
import { reasonToSkip, scenarios } from './scenario.ts';
import { type Servers, startServers } from './servers.ts';
import { WAYS } from './ways-back.ts';

const TIMEOUT_MS = 900_000;

export interface EveryScenarioOptions {
  readonly together: boolean;
  /** Of servers that do not come from npm, with their own pg_dump. */
  readonly binDirectory?: string | undefined;
}

/** Every scenario on servers of one major: backed up from the first, restored on the others, compared. */
export function restoresEveryScenario(
  major: ServerMajor,
  { together, binDirectory }: EveryScenarioOptions,
): void {
  const missing = missingPrograms(`restore on PostgreSQL ${major}`, ['psql', 'zstd']);
  const available = missing.length === 0 && (binDirectory ?? npmBinaries(major)) !== undefined;
  const native = nativeToolsFor(major, binDirectory);
  describe.skipIf(!available)(`PostgreSQL ${major} gives back`, () => {
    let servers: Servers;
    let vault: TestVault;
    beforeAll(async () => {
      vault = await testVault();
      servers = await startServers(major, { targets: Object.keys(WAYS).length, binDirectory });
    }, TIMEOUT_MS);
    afterAll(async () => {
      await servers?.stop();
      vault?.remove();
    }, TIMEOUT_MS);

    const all = scenarios();
    const here = all.filter((scenario) => reasonToSkip(scenario, major) === undefined);
    for (const group of groupsOf(here, { together })) {
      const column = columnOf(group, major);
      const { name, members } = group;
      test(group.title, { timeout: TIMEOUT_MS }, async (context) => {
        const reason = reasonToSkipLocale(group.locale, major, servers.locales);
        if (reason !== undefined) return skipWith(context, members, column, reason);
        await expectNone(context, members, { on: 'server', column, major }, async () => {
          await servers.make(group);
          const found = await backUpAndRestore(servers, group, vault);
          const comparesNative = members.every(({ needs }) => !needs.notNative);
          if (found.length > 0 || native === undefined || !comparesNative) return found;
          await servers.createDatabases(`${name} native`, group, servers.targets.slice(0, 1));
          return await compareWithNative(servers, name, `${name} native`, native);
        });
        if (context.task.meta.fidelity?.every(({ result }) => result === 'DIFFERS')) {
          tell(context, members, column, 'equal');
        }
      });
    }

    for (const scenario of all.filter((one) => !here.includes(one))) {
      test(`${scenario.name}: ${scenario.title}`, (context) => {
        skipWith(context, [scenario], `${major}`, reasonToSkip(scenario, major) ?? '');
      });
    }
  });
}
