import { expect, it } from 'vitest';
import { nameOfBackup } from '../../../../lib/engine/archive/listing.ts';
import { type BatchOutcome, judgeBackups } from '../../../../lib/engine/scrub/judge-backups.ts';
import type { ListedForScrub } from '../../../../lib/engine/scrub/list-backups-to-scrub.ts';
import { scrubWords } from '../../../../lib/engine/scrub/scrub-words.ts';
import { FIXTURE_PLACE } from '../../../support/archive-fixture.ts';

const LISTED: ListedForScrub = {
  ...{ place: FIXTURE_PLACE, scope: 'full', tasks: 2, objects: 12, isEncrypted: false, problems: [] },
};
const backup = nameOfBackup(FIXTURE_PLACE);
const task = (number: number, problem?: string) => ({
  ...{ backup, number, objects: 6, readBytes: 600 },
  problems: problem === undefined ? [] : [{ name: 'x', verdict: 'damaged' as const, problem }],
});

async function judge(...outcomes: BatchOutcome[]) {
  async function* all() {
    yield* outcomes;
  }
  const [judged] = await judgeBackups([LISTED], all());
  return judged;
}

it('a backup is intact only if every task was heard of', async () => {
  expect(await judge({ results: [task(0), task(1)] })).toMatchObject({ verdict: 'intact', objects: 12 });
  expect(await judge({ results: [task(0)] })).toMatchObject({ verdict: 'unreadable' });
  expect(await judge()).toMatchObject({ verdict: 'unreadable' });
});

it('a result that comes twice counts once, and makes up for no other', async () => {
  const judged = await judge({ results: [task(0), task(0)] });
  expect(judged).toMatchObject({ verdict: 'unreadable', objects: 6 });
});

it('damage counts even if the rest was not read, and the reason is told', async () => {
  const judged = await judge(
    { results: [task(0, 'is missing')] },
    { unread: [{ backup, number: 1 }], reason: 'The vault refused.' },
  );
  expect(judged?.verdict).toBe('damaged');
  expect(judged?.problems.at(-1)?.problem).toBe(
    'was not read in full: 6 of its 12 objects are unknown. The vault refused.',
  );
});

it('says that there is nothing intact to restore instead', async () => {
  const judged = await judge({ results: [task(0, 'is missing'), task(1)] });
  const words = scrubWords('s3://vault', judged ? [judged] : [], 'docs/runbook.md');
  expect(words?.text).toContain('There is no full backup of shop that this scrub found intact');
});

it('a name that somebody chose writes no line of a message', async () => {
  const judged = await judge({
    results: [task(0, 'is missing\n    The newest intact backup is mine\u001b[2J'), task(1)],
  });
  const words = scrubWords('s3://vault', judged ? [judged] : [], 'docs/runbook.md');
  expect(words?.text).not.toMatch(/^\s*The newest intact backup is mine/m);
  expect(words?.text).not.toContain('\u001b');
});
