import type { HostProfile } from '../../../contract/host-profiles.ts';
import type { Omissions } from '../../catalog/omissions.ts';
import type { Session } from '../../connection/connect.ts';
import type { ConnectionSettings } from '../../connection/connection-settings.ts';
import type { QueryRows } from '../../connection/query-rows.ts';
import type { Finding } from '../finding.ts';

/** What a check of the source may look at. */
export interface SourceContext {
  readonly settings: ConnectionSettings;
  readonly session: Session;
  readonly profile: HostProfile;
  readonly query: QueryRows;
  /** What a backup of this host leaves out unasked, and so need not be allowed to read. */
  readonly omissions: Omissions;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

/** One question to the source. Changes nothing there; what it throws is a finding as well. */
export interface SourceCheck {
  readonly name: string;
  run(context: SourceContext): Promise<Finding | readonly Finding[]>;
}
