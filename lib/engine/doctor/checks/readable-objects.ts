import { DEFAULT_CHUNK_BYTES } from '../../backup/plan-chunks.ts';
import { planLargeObjects } from '../../catalog/large-objects.ts';
import { readSequences } from '../../catalog/sequences.ts';
import { Findings } from '../finding.ts';
import type { SourceCheck } from './source-context.ts';

/** Reads the value of every sequence, which locks it, in a transaction that is rolled back. */
export const readableSequences: SourceCheck = {
  name: 'readable-sequences',
  async run({ query, omissions }) {
    await query('BEGIN READ ONLY');
    try {
      const sequences = await readSequences(query, omissions);
      return new Findings('source', 'readable-sequences').ok(
        `Every sequence can be read (${sequences.length}).`,
      );
    } finally {
      await query('ROLLBACK');
    }
  },
};

export const readableLargeObjects: SourceCheck = {
  name: 'readable-large-objects',
  async run({ query, omissions }) {
    const findings = new Findings('source', 'readable-large-objects');
    if (omissions.largeObjects !== undefined)
      return findings.ok('Backups of this host leave out large objects.');
    const { count } = await planLargeObjects(query, DEFAULT_CHUNK_BYTES);
    return findings.ok(
      count === 0 ? 'The source has no large objects.' : `Every large object can be read (${count}).`,
    );
  },
};
