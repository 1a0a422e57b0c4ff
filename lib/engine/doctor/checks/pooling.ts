import { Findings } from '../finding.ts';
import type { SourceCheck } from './source-context.ts';

/**
 * Always ok: connecting already refuses a transaction-level pool, see source/host/refuse-pooled-sessions.ts.
 */
export const pooling: SourceCheck = {
  name: 'pooling',
  async run() {
    return new Findings('source', 'pooling').ok('Each session stays with one server process.');
  },
};
