import type { HostProfile } from '../../contract/host-profiles.ts';
import type { Session } from '../connection/connect.ts';
import { hostRules } from '../selection/host-rules.ts';
import { type Answer, askMeasures, BEGIN_SHORT, reasonOf, rollBack } from './ask-measures.ts';
import { contextOf, type HealthCheck, type JudgementContext } from './check.ts';
import type { Counters } from './counters.ts';
import type { HealthFinding, Judgement } from './finding.ts';
import { type DatabaseActivity, databaseActivity } from './measures/database-activity.ts';
import {
  HEALTH_SERVER,
  HEALTH_SERVER_SETTINGS,
  type HealthServer,
  readHealthServer,
} from './measures/health-server.ts';
import type { Measure, Obstacle } from './measures/measure.ts';
import type { Row } from './measures/row.ts';
import type { HealthSettings } from './settings.ts';

export interface Asking {
  readonly settings: HealthSettings;
  readonly previous: Counters | undefined;
  readonly profile: HostProfile;
  readonly signal: AbortSignal;
}

type SharedContext = Pick<JudgementContext, 'server' | 'settings' | 'previous'>;

export interface Asked {
  readonly server: HealthServer;
  /** One of each check, in their order. */
  readonly findings: readonly HealthFinding[];
  readonly context: SharedContext;
  /** Undefined if no check asked for it, or the server refused it. */
  readonly activity: DatabaseActivity | undefined;
}

/** Measures what these checks need, in two round trips, and judges it. */
export async function askSource(
  session: Session,
  checks: readonly HealthCheck[],
  { settings, previous, profile, signal }: Asking,
): Promise<Asked> {
  const server = await readServer(session, settings, profile);
  signal.throwIfAborted();
  const context = { server, settings, previous };
  const answers = await askMeasures(session, measuresOf(checks), server, signal);
  signal.throwIfAborted();
  const activity = answers.get(databaseActivity);
  return {
    server,
    context,
    findings: checks.map((check) => findingOf(check, answers.get(check.measure), context)),
    activity: activity && 'rows' in activity ? databaseActivity.read(activity.rows) : undefined,
  };
}

async function readServer(
  { client }: Pick<Session, 'client'>,
  { apiSchemas }: HealthSettings,
  profile: HostProfile,
): Promise<HealthServer> {
  const { schemas, sharedSchemas } = hostRules(profile);
  const given = {
    ...{ apiSchemas, isSupabase: profile === 'supabase' },
    hostSchemas: [...schemas, ...sharedSchemas],
  };
  try {
    return readHealthServer(await askShort(client, HEALTH_SERVER), given);
  } catch (error) {
    await rollBack({ client }, error);
    const rows = await askShort(client, HEALTH_SERVER_SETTINGS);
    return readHealthServer(rows, { ...given, refused: reasonOf(error) });
  }
}

async function askShort(client: Session['client'], sql: string): Promise<Row[]> {
  const answers = await client.query(`${BEGIN_SHORT}; ${sql}; COMMIT`);
  const results = answers as unknown as ReadonlyArray<{ readonly rows: Row[] }>;
  return results.find((result) => result.rows.length > 0)?.rows ?? [];
}

/** Each measure once, although several checks may judge it. */
function measuresOf(checks: readonly HealthCheck[]): ReadonlyArray<Measure<unknown>> {
  return [...new Set(checks.map(({ measure }) => measure))];
}

function findingOf(check: HealthCheck, answer: Answer | undefined, given: SharedContext): HealthFinding {
  const { name, group, unit } = check;
  const context = contextOf(name, given);
  const judgement =
    answer && 'rows' in answer
      ? check.find(answer.rows, context)
      : notKnown(answer?.obstacle ?? { reason: 'it was not asked for' });
  return { check: name, group, unit, threshold: context.threshold, ...judgement };
}

export function notKnown({ reason, statement }: Obstacle): Judgement {
  return {
    severity: 'unknown',
    value: null,
    what: `Not known: ${reason}.`,
    ...(statement === undefined ? {} : { statements: [statement] }),
  };
}
