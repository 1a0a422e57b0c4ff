import { refusePooledSessions } from '../../source/host/refuse-pooled-sessions.ts';
import { Findings } from '../finding.ts';
import type { SourceCheck } from './source-context.ts';

export const pooling: SourceCheck = {
  name: 'pooling',
  async run({ session, settings, signal }) {
    await refusePooledSessions(session, settings, { attempts: 1, signal });
    return new Findings('source', 'pooling').ok('Sessions stay with one server process.');
  },
};
