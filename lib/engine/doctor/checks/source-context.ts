import type { HostProfile } from '../../../contract/host-profiles.ts';
import type { Omissions } from '../../catalog/omissions.ts';
import type { Session } from '../../connection/connect.ts';
import type { ConnectionSettings } from '../../connection/connection-settings.ts';
import type { QueryRows } from '../../connection/query-rows.ts';
import type { Finding } from '../finding.ts';

/** The things that a check of the source may use. */
export interface SourceContext {
  readonly settings: ConnectionSettings;
  readonly session: Session;
  readonly profile: HostProfile;
  readonly query: QueryRows;
  /** What a backup of this host always leaves out, so that the role need not read it. */
  readonly omissions: Omissions;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

/** One check of the source. It changes nothing there; an error that it throws becomes a finding. */
export interface SourceCheck {
  readonly name: string;
  run(context: SourceContext): Promise<Finding | readonly Finding[]>;
}
