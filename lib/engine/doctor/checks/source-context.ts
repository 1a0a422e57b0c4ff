import type { QueryRows } from '../../source/catalog/query-rows.ts';
import type { Session } from '../../source/connect.ts';
import type { ConnectionSettings } from '../../source/connection-settings.ts';
import type { HostProfile } from '../../source/host-profile.ts';
import type { Omissions } from '../../source/selection/omissions.ts';
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
