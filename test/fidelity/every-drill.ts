import { afterAll, beforeAll, describe, test } from 'vitest';
import type { DrillReport } from '../../lib/engine/archive/drill-report.ts';
import { drill } from '../../lib/engine/drill/drill.ts';
import { npmBinaries, type ServerMajor } from '../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../support/vaults.ts';
import { columnOf, groupsOf } from './groups.ts';
import { type LocaleName, reasonToSkipLocale } from './locales.ts';
import { expectNone, skipWith, tell } from './outcome.ts';
import { reasonToSkip, type Scenario, scenarios } from './scenario.ts';
import { type Servers, startServers } from './servers.ts';

const TIMEOUT_MS = 900_000;

/**
 * No drill cries wolf: what the embedded target makes of the scenarios of a major. Those that can share a database do, for
 * each drill boots a PostgreSQL.
 */
export function drillsEveryScenario(major: ServerMajor, binDirectory?: string): void {
  describe(`a drill of PostgreSQL ${major}`, () => {
    const available = (binDirectory ?? npmBinaries(major)) !== undefined;
    let servers: Servers;
    let vault: TestVault;
    beforeAll(async () => {
      if (!available) return;
      vault = await testVault();
      servers = await startServers(major, { targets: 0, binDirectory });
    }, TIMEOUT_MS);
    afterAll(async () => {
      await servers?.stop();
      vault?.remove();
    }, TIMEOUT_MS);

    const here = scenarios().filter((scenario) => reasonToSkip(scenario, major) === undefined);
    for (const group of groupsOf(here, { together: true })) {
      const { name, members, locale } = group;
      const column = columnOf(group, major, 'drill');
      test.skipIf(!available)(`of ${group.title}`, { timeout: TIMEOUT_MS }, async (context) => {
        const reason = reasonToSkipLocale(locale, major, servers.locales);
        if (reason !== undefined) return skipWith(context, members, column, reason);
        let skipped: readonly string[] = [];
        await expectNone(context, members, { on: 'drill', column, major }, async () => {
          await servers.make(group);
          const { place } = await takeBackup(servers.source.url(name), vault);
          const report = await drill({ store: vault.store, place });
          skipped = skippedIn(report);
          return unexpected(report, members, locale);
        });
        if (context.task.meta.fidelity?.some(({ result }) => result !== 'DIFFERS')) return;
        tell(context, members, column, ({ needs }) =>
          skipped.some((line) => matches(line, [...(needs.skips ?? []), ...(needs.skipsByOrder ?? [])]))
            ? 'proven with skips'
            : 'proven',
        );
      });
    }
  });
}

/** Whatever differs, is skipped without having been expected, or was expected and not skipped. */
function unexpected(report: DrillReport, members: readonly Scenario[], locale: LocaleName): string[] {
  const must = members.flatMap(({ needs }) => needs.skips ?? []);
  const may = locale === 'C' ? [] : members.flatMap(({ needs }) => needs.skipsByOrder ?? []);
  const skipped = skippedIn(report);
  return [
    ...report.items
      .filter(({ verdict }) => verdict === 'differs')
      .map(({ kind, name, reason }) => `differs: ${kind} ${name}: ${reason}`),
    ...skipped
      .filter((line) => !matches(line, [...must, ...may]))
      .map((line) => `skipped, and not expected to be: ${line}`),
    ...must
      .filter((pattern) => !skipped.some((line) => matches(line, [pattern])))
      .map((pattern) => `expected to be skipped, and was not: ${pattern}`),
  ];
}

function skippedIn({ items }: DrillReport): string[] {
  return items
    .filter(({ verdict }) => verdict === 'skipped')
    .map(({ kind, name, reason }) => `${kind} ${name}: ${reason}`);
}

function matches(line: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => new RegExp(pattern, 's').test(line));
}
