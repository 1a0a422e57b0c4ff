import { describe, expect, it } from 'vitest';
import { backupOrder } from '../../../lambda/backup/backup-event.ts';
import { drillReference } from '../../../lambda/restore-drill/drill-event.ts';
import { codeBlocks, codeSpans, PAGES, readPage } from '../../support/docs/markdown.ts';
import { shellCommands } from '../../support/docs/shell-commands.ts';

/** Function and event of every invocation by hand: `invoke BackupFunctionApp '{…}'`, or `aws lambda invoke … --payload '{…}'`. */
const shown = PAGES.map(readPage)
  .flatMap((page) => [...codeBlocks(page).map(({ text }) => text), ...codeSpans(page)])
  .flatMap(shellCommands)
  .flatMap((words) => {
    const [name, target = '', event = ''] = words;
    if (name === 'invoke') return [{ target, event }];
    const after = (option: string) => words[words.indexOf(option) + 1] ?? '';
    return words.slice(0, 3).join(' ') === 'aws lambda invoke'
      ? [{ target: after('--function-name'), event: after('--payload') }]
      : [];
  })
  .filter(({ event }) => event.startsWith('{'));

describe('the events that the documentation invokes functions with', () => {
  it.each(shown.filter(({ target }) => target.includes('BackupFunction')))(
    'are orders for a backup: $event',
    ({ event }) => {
      expect(backupOrder(JSON.parse(event), 'app', new Date()).order.place.source).toBe('app');
    },
  );

  it.each(shown.filter(({ target }) => target.includes('RestoreDrillFunction')))(
    'name a backup to drill: $event',
    ({ event }) => {
      expect(drillReference(JSON.parse(event), 'app')).toBe('latest');
    },
  );

  it('are there', () => {
    expect(shown.length).toBeGreaterThan(10);
  });
});
