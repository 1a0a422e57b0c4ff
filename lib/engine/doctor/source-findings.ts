import type { HostProfile } from '../../contract/host-profiles.ts';
import { NOTHING_OMITTED } from '../catalog/omissions.ts';
import { connect, type Session } from '../connection/connect.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { checkAddress } from '../connection/host-profile.ts';
import { queryRows } from '../connection/query-rows.ts';
import { LifeboatError } from '../ground/errors.ts';
import { readOmissions } from '../selection/read-omissions.ts';
import { clock } from './checks/clock.ts';
import { drillable } from './checks/drillable.ts';
import { firstSteps } from './checks/first-steps.ts';
import { freeConnections } from './checks/free-connections.ts';
import { lockTable } from './checks/lock-table.ts';
import { pooling } from './checks/pooling.ts';
import { readableLargeObjects, readableSequences } from './checks/readable-objects.ts';
import { readableTables } from './checks/readable-tables.ts';
import { serverVersion } from './checks/server-version.ts';
import type { SourceCheck, SourceContext } from './checks/source-context.ts';
import { sourceHealth } from './checks/source-health.ts';
import { standby } from './checks/standby.ts';
import { tls } from './checks/tls.ts';
import { unfinishedRestore } from './checks/unfinished-restore.ts';
import { type Finding, Findings } from './finding.ts';

/** Checks that come first: if one of them finds a problem, the others are not run. */
const FIRST: readonly SourceCheck[] = [tls, serverVersion, pooling];
const THEN: readonly SourceCheck[] = [
  clock,
  readableTables,
  readableSequences,
  readableLargeObjects,
  lockTable,
  freeConnections,
  standby,
  drillable,
  unfinishedRestore,
  sourceHealth,
];
/** Runs only if the others found no problem: it would report the same unreadable tables again. */
const LAST: readonly SourceCheck[] = [firstSteps];

/** Few attempts to connect: doctor should report a server that answers only sometimes. */
const ATTEMPTS = 2;

export interface SourceFindingsRequest {
  readonly settings: ConnectionSettings;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

export async function sourceFindings(request: SourceFindingsRequest): Promise<Finding[]> {
  const { settings, signal } = request;
  const [address, reached] = [new Findings('source', 'address'), new Findings('source', 'connection')];
  let profile: HostProfile;
  try {
    profile = checkAddress(settings);
  } catch (error) {
    return [address.error(error)];
  }
  let session: Session;
  try {
    session = await connect(settings, { attempts: ATTEMPTS, signal, refusesPools: true });
  } catch (error) {
    signal.throwIfAborted();
    const isPool = error instanceof LifeboatError && error.code === 'source-address-unusable';
    return [isPool ? new Findings('source', 'pooling').error(error) : reached.error(error)];
  }
  try {
    return [
      reached.ok(`Connected to ${settings.display}.`),
      ...(await askSession(session, profile, request)),
    ];
  } finally {
    await session.end();
  }
}

async function askSession(
  session: Session,
  profile: HostProfile,
  request: SourceFindingsRequest,
): Promise<Finding[]> {
  const query = queryRows(session.client);
  const context = { ...request, session, profile, query };
  const first = await ask(FIRST, { ...context, omissions: NOTHING_OMITTED });
  if (hasProblem(first)) return first;
  const whole = { ...context, omissions: await readOmissions(query, profile) };
  const then = await ask(THEN, whole);
  return [...first, ...then, ...(hasProblem(then) ? [] : await ask(LAST, whole))];
}

async function ask(checks: readonly SourceCheck[], context: SourceContext): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { name, run } of checks) {
    context.signal.throwIfAborted();
    try {
      findings.push(...[await run(context)].flat());
    } catch (error) {
      context.signal.throwIfAborted();
      const failure = context.session.failure(error, 'A query');
      findings.push(new Findings('source', name).error(failure));
    }
  }
  return findings;
}

function hasProblem(findings: readonly Finding[]): boolean {
  return findings.some(({ verdict }) => verdict === 'problem');
}
