import { describe, expect, it } from 'vitest';
import type { TableDiff } from '../../../../lib/engine/diff/diff-report.ts';
import { wayBack } from '../../../../lib/present/terminal/way-back.ts';

const table = (name: string, of: Partial<TableDiff>): TableDiff => ({
  name,
  state: 'differs',
  notes: [],
  comparedBy: 'primary key',
  backupRows: 10,
  sourceRows: 10,
  deleted: 0,
  added: 0,
  changed: 0,
  examples: { deleted: [], added: [], changed: [] },
  ...of,
});
const advice = (tables: TableDiff[], named = false) => wayBack('latest', tables, { named }).join('\n');

describe('the way back', () => {
  it('is one command for all tables with a key, and overwrites only if rows changed', () => {
    const text = advice([table('a.b', { deleted: 3 }), table('a.Odd table', { deleted: 1 })]);
    expect(text).toContain("--rows --table a.b --table 'a.Odd table' \\\n    --into-source");
    expect(text).not.toContain('--overwrite');
    expect(advice([table('a.b', { changed: 1 })])).toContain('--overwrite --into-source');
  });

  it('deletes nothing that was added, unless nothing else is different', () => {
    const text = advice([table('a.b', { deleted: 3, added: 2 })]);
    expect(text).toContain('Rows that were added stay.');
    expect(text).not.toContain('--delete-added --into-source');
    expect(advice([table('a.b', { added: 2 })])).toMatch(
      /lifeboat restore.*--rows --table a\.b.*--delete-added/s,
    );
  });

  it('brings a moment beside what is there, for its rows cannot go into existing tables', () => {
    const text = wayBack('latest', [table('a.b', { deleted: 3, changed: 1 })], { named: false, lsn: '0/1F' });
    expect(text.join('\n')).toContain(
      'lifeboat restore latest --to-lsn 0/1F \\\n    --table a.b --as a.b_restored \\\n    --into-source',
    );
    expect(text.join('\n')).not.toContain('--rows');
  });

  it('asks for the URL again if the source was an option, for it may hold a password', () => {
    expect(advice([table('a.b', { deleted: 1 })], true)).toContain('--target <url>');
  });

  it('is nothing if nothing differs, or nobody could compare', () => {
    expect(advice([table('a.b', { state: 'same' }), table('a.c', { state: 'unknown', deleted: null })])).toBe(
      '',
    );
  });
});
