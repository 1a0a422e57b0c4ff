import type { PlannedEntry, RestorePlan } from './restore-plan.ts';

const ROW_SECURITY: ReadonlySet<string> = new Set(['POLICY', 'ROW SECURITY']);

/**
 * Entries of post-data.sql by the tier in which each is applied: the one that completes the tables it needs. What belongs to
 * no table comes last. Policies are all applied with the first tier: from then on the application is let in, and a table
 * whose rows are still being loaded would show them to everybody.
 */
export function entriesOfTiers({ entries, tiers, target, backup }: RestorePlan): PlannedEntry[][] {
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
    // A role that policies hold for could not load a table any more.
    const mayComeFirst = target.role.bypassesRowSecurity || !forced.has(entry.relation);
    if (ROW_SECURITY.has(entry.type) && mayComeFirst) return 0;
    return Math.max(own, tierOf(entry.otherRelation) ?? own);
  };
  const postData = entries.filter(({ section }) => section === 'post-data');
  return tiers.map((_, number) => postData.filter((entry) => numberOf(entry) === number));
}
