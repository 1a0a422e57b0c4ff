import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { KeepRequest } from '../../lib/engine/keep/mark-expired.ts';
import { SimulatedVault } from '../infra/vault-year/simulated-vault.ts';
import { RULES, STORIES } from '../infra/vault-year/stories.ts';
import type { Story, Year } from '../infra/vault-year/story.ts';
import { tableOf, withTable } from '../infra/vault-year/table.ts';
import { walkYear } from '../infra/vault-year/walk-year.ts';

const years = new Map<string, Promise<Year>>();

function walkOnce(story: Story): Promise<Year> {
  const year = years.get(story.label) ?? walkYear(story);
  years.set(story.label, year);
  return year;
}

/** One story can hold the label of another: the beginning tells them apart. */
function storyNamed(beginning: string): Story {
  const [found, ...others] = STORIES.filter(({ label }) => label.startsWith(beginning));
  if (!found || others.length > 0)
    throw new Error(`${others.length + (found ? 1 : 0)} stories begin with ${beginning}`);
  return found;
}

describe('a year of a vault', () => {
  it.each(STORIES)(
    '$label: nothing proven is lost, nothing goes early, nothing is half gone',
    async (story) => {
      const year = await walkOnce(story);
      expect(year.violations).toEqual([]);
      expect(year.listed).toBeGreaterThan(0);
    },
  );

  it('lets everything go in the end that may go, for good', async () => {
    const year = await walkOnce(storyNamed('All goes well: '));
    // What is hidden is of the last days: seven for undeleting, and those on which nothing ran.
    expect(year.hidden).toBeLessThan(10 * 5);
    expect(year.expired).toBeGreaterThan(300 * 4);
    // Each object is marked once.
    expect(year.marks).toBeLessThan(year.expired + 2 * 5);
  });

  it('stays as it is once backups have stopped', async () => {
    const story = storyNamed('Backups stop');
    const [first, second] = [await walkOnce(story), await walkYear(story, 2 * 365)];
    expect(second.violations).toEqual([]);
    // The monthly backups of the last months are over by then. The newest proven one is not.
    expect(second.newestAgeDays).toBe((first.newestAgeDays ?? 0) + 365);
    expect(second.listed).toBeGreaterThanOrEqual(1);
  });

  it('docs/retention.md shows it: `npm run retention` writes it', async () => {
    const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'retention.md'), 'utf8');
    expect(page).toBe(withTable(page, tableOf(await Promise.all(STORIES.map(walkOnce)))));
  });
});

describe('the simulation notices', () => {
  const wrong = async (story: Story, changes: Partial<Story>) =>
    (await walkYear({ ...story, ...changes }, 200)).violations;
  const withMarks = (change: (marks: SimulatedVault) => Partial<KeepRequest['marks']>) => ({
    corrupt(request: KeepRequest): KeepRequest {
      const { marks } = request;
      if (!(marks instanceof SimulatedVault)) throw new Error('the vault is simulated');
      const { isMarked, mark, isHeld } = {
        isMarked: marks.isMarked.bind(marks),
        mark: marks.mark.bind(marks),
        isHeld: marks.isHeld.bind(marks),
      };
      return { ...request, marks: { isMarked, mark, isHeld, ...change(marks) } };
    },
  });

  it('rules that act by age alone', async () => {
    const rules = RULES.map((rule) => ({ ...rule, needsMark: false }));
    expect(await wrong(storyNamed('Backups and drills stop'), { rules })).toContain(
      'app has lost its last proven backup',
    );
  });

  it('a keeper that takes what is sealed for proven', async () => {
    const corrupt = (request: KeepRequest) => ({ ...request, undrilled: ['app'] });
    expect(await wrong(storyNamed('Drills fail after'), { corrupt })).toContain(
      'app has lost its last proven backup',
    );
  });

  it('a keeper that marks all of a backup at once', async () => {
    const corrupt = withMarks((marks) => ({
      async mark(key) {
        const folder = key.split('/').slice(0, 3).join('/');
        for (const other of marks.objects.keys()) if (other.startsWith(`${folder}/`)) await marks.mark(other);
      },
    }));
    expect((await wrong(storyNamed('S3 acts'), corrupt)).join()).toContain('is listed and lacks a part');
  });

  it('a keeper that does not ask for holds', async () => {
    const corrupt = withMarks(() => ({ isHeld: async () => false }));
    expect((await wrong(storyNamed('A daily backup is on hold'), corrupt)).join()).toContain(
      'went while it was held',
    );
  });

  it('a keeper that never runs', async () => {
    expect((await wrong(storyNamed('All goes well: '), { keeps: () => false })).join()).toContain(
      'more than the',
    );
  });

  it('a keeper that keeps changes for fewer days, or marks the backup that they are replayed on', async () => {
    const story = storyNamed('Changes are captured, and kept for 7 days');
    const rules = RULES.map((rule) => (rule.prefix === 'changes/app/' ? { ...rule, days: 1 } : rule));
    const corrupt = (request: KeepRequest) => ({ ...request, changesDays: { app: 2 } });
    const violations = await wrong(story, { corrupt, rules });
    expect(violations.join()).toContain('could not be restored within their 7 days');
  });

  it('nothing, when a keeper counts no days: the rules do', async () => {
    const corrupt = (request: KeepRequest) => ({
      ...request,
      days: { daily: 0, weekly: 0, monthly: 0, manual: 0 },
    });
    expect(await wrong(storyNamed('All goes well: '), { corrupt })).toEqual([]);
  });
});
