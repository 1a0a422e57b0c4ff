import { Findings } from '../finding.ts';
import type { SourceCheck } from './source-context.ts';

/** A session that is here was not refused: see source/host/refuse-pooled-sessions.ts. */
export const pooling: SourceCheck = {
  name: 'pooling',
  async run() {
    return new Findings('source', 'pooling').ok('Sessions stay with one server process.');
  },
};
