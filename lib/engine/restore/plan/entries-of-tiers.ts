import type { PlannedEntry, RestorePlan } from './restore-plan.ts';

const ROW_SECURITY: ReadonlySet<string> = new Set(['POLICY', 'ROW SECURITY']);

/**
 * Entries of post-data.sql by the tier in which each is applied: the tier that completes the tables it needs.
 * Entries that belong to no table come last. All policies are applied with the first tier, because the
 * application may connect from then on, and a table that is still being loaded would show its rows to
 * everybody.
 */
export function entriesOfTiers({
  entries,
  tiers,
  target,
  backup,
}: Pick<RestorePlan, 'entries' | 'tiers' | 'target' | 'backup'>): PlannedEntry[][] {
  const last = tiers.length - 1;
  const tierOf = (relation: string | undefined) => {
    if (relation === undefined) return undefined;
    const number = tiers.findIndex(({ relations }) => relations.has(relation));
    return number < 0 ? undefined : number;
  };
  const forced = new Set(
    backup.schema.entries
      .filter(({ statements }) => statements.some((text) => /\bFORCE ROW LEVEL SECURITY/.test(text)))
      .map(({ relation }) => relation),
  );
  const numberOf = (entry: PlannedEntry) => {
    const own = tierOf(entry.relation);
    if (own === undefined) return last;
    // A role that is subject to the policies could no longer load the table.
    const mayComeFirst = target.role.bypassesRowSecurity || !forced.has(entry.relation);
    if (ROW_SECURITY.has(entry.type) && mayComeFirst) return 0;
    return Math.max(own, tierOf(entry.otherRelation) ?? own);
  };
  const postData = entries.filter(({ section, stage }) => section === 'post-data' && stage === undefined);
  return tiers.map((_, number) => postData.filter((entry) => numberOf(entry) === number));
}
