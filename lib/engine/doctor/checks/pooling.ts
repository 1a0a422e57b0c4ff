import { Findings } from '../finding.ts';
import type { SourceCheck } from './source-context.ts';

/** Reports ok: `connect` refuses a transaction pooler, see connection/refuse-pooled-sessions.ts. */
export const pooling: SourceCheck = {
  name: 'pooling',
  async run() {
    return new Findings('source', 'pooling').ok('Each session stays with one server process.');
  },
};
