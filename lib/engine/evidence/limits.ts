import type { SourceEvidence } from './evidence-report.ts';

/** What a report cannot know, in whole sentences: an auditor must not take silence for an answer. */
export function limitsOf(
  sources: readonly SourceEvidence[],
  { hasKeys, hasTrail }: { readonly hasKeys: boolean; readonly hasTrail: boolean },
): string[] {
  const backups = sources.flatMap((one) => one.backups);
  const drills = sources.flatMap((one) => one.drills);
  const old = backups.filter(({ origin }) => origin === 'backup').length;
  const unsigned = drills.filter(({ signature }) => signature === 'unsigned').length;
  const unchecked = drills.filter(({ signature }) => signature === 'unchecked').length;
  return [
    'It says what the vault says. Only signatures of drills show that a record is as it was written; records of backups, restores and removals are signed only if the person who made them used a key.',
    ...(old > 0
      ? [
          `${old} of ${backups.length} backups have no record and are known only because they are still in the vault. Others like them may have expired unseen.`,
        ]
      : []),
    ...(unsigned > 0 ? [`${unsigned} of ${drills.length} drills are not signed.`] : []),
    ...(unchecked > 0 && !hasKeys
      ? [
          `${unchecked} of ${drills.length} drills are signed, and nobody said which keys count: --public-key.`,
        ]
      : []),
    'A restore is recorded where the person who restores may write into the vault, or where the stack ran it. A restore by a person who may only read is not among them, nor is one with restore.sh or with other tools.',
    'A drill that could not begin, or that was killed, has no record. The alarms tell of those.',
    ...(hasTrail
      ? [
          'What CloudTrail recorded is told as it is in the files that were named. Files that are missing are not noticed.',
        ]
      : [
          'Who read the vault, and what was changed in its settings, locks and key, only CloudTrail knows. No trail was named: --trail.',
        ]),
    'It says nothing about how the organisation decides, trains, reviews and answers: policies, plans, people and other systems are outside.',
  ];
}
