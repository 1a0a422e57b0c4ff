import { REGION } from '../../contract/environment-patterns.ts';
import { InvalidScheduleError } from '../../schedule/invalid-schedule-error.ts';
import { longestGapOf } from '../../schedule/longest-gap.ts';
import { drillPlaceOf, isDrilledByStack } from '../drill-place.ts';
import type { Problem } from '../problem.ts';
import { LONGEST_REPLICATED_NAME } from './replica-names.ts';

/** The settings of a replica, as they are checked. */
export interface ReplicaToCheck {
  readonly region: string;
  readonly account?: string;
  readonly drillSchedule?: string;
  /** Of bin/environments.ts: opens the backups of all encrypted sources. */
  readonly ageIdentitySecretArn?: string;
}

/** A source, as far as its drills in the replica are checked. */
export interface DrilledThere {
  readonly name: string;
  readonly drill?: string;
  readonly ageRecipients?: readonly string[];
  /** Of a construct's props: a secret in the replica's region. */
  readonly ageIdentitySecret?: object;
}

/** CloudWatch keeps what drills reported for 63 days, and the sentinel looks back 62. */
const LONGEST_DRILL_GAP_DAYS = 60;
const DAY_MS = 86_400_000;

/** Checks what a construct's props and bin/environments.ts have in common. */
export function checkReplica(
  environment: string,
  replica: ReplicaToCheck,
  sources: readonly DrilledThere[],
  now: Date,
): Problem[] {
  const { region, drillSchedule } = replica;
  return [
    ...(environment.length <= LONGEST_REPLICATED_NAME
      ? []
      : [
          {
            path: [],
            message: `the name of the environment has ${environment.length} characters; with a replica it may have ${LONGEST_REPLICATED_NAME}, because it is part of the replica's bucket's name`,
          },
        ]),
    ...(REGION.test(region)
      ? []
      : [{ path: ['region'], message: 'should be an AWS region such as eu-west-1' }]),
    ...(drillSchedule === undefined ? [] : checkDrills(drillSchedule, replica, sources, now)),
  ];
}

/** Checks a replica against the place of its vault, which both stacks must name. */
export function checkReplicaPlace(
  { region, account, ageIdentitySecretArn }: ReplicaToCheck,
  vault: { readonly region?: string; readonly account?: string },
): Problem[] {
  return [
    ...(vault.region === undefined
      ? [{ path: [], message: 'needs the region of the environment: give region too' }]
      : vault.region === region
        ? [{ path: ['region'], message: `${region} is the region of the vault: give another one` }]
        : []),
    ...(ageIdentitySecretArn !== undefined && ageIdentitySecretArn.split(':')[3] !== region
      ? [{ path: ['ageIdentitySecretArn'], message: `should be a secret in ${region}, the replica's region` }]
      : []),
    ...(account !== undefined && vault.account === undefined
      ? [{ path: ['account'], message: 'needs the account of the environment: give account too' }]
      : []),
  ];
}

function checkDrills(
  drillSchedule: string,
  { ageIdentitySecretArn }: ReplicaToCheck,
  sources: readonly DrilledThere[],
  now: Date,
): Problem[] {
  const path = ['drillSchedule'];
  const drilled = sources.filter((source) => isDrilledByStack(drillPlaceOf(source)));
  if (drilled.length === 0) {
    return [{ path, message: 'no source is drilled by a function: leave it out' }];
  }
  const closed = drilled.filter(
    ({ ageRecipients, ageIdentitySecret }) =>
      ageRecipients !== undefined && ageIdentitySecret === undefined && ageIdentitySecretArn === undefined,
  );
  if (closed.length > 0) {
    const names = closed.map(({ name }) => name).join(', ');
    const message = `drills of ${names} need the age identity in the replica's region: give ageIdentitySecretArn, the secret that holds it there`;
    return [{ path, message }];
  }
  try {
    const days = longestGapOf(drillSchedule, 'UTC', now) / DAY_MS;
    if (days <= LONGEST_DRILL_GAP_DAYS) return [];
    return [
      {
        path,
        message: `leaves ${Math.ceil(days)} days between two drills; ${LONGEST_DRILL_GAP_DAYS} at most, because nobody could tell a schedule that stopped`,
      },
    ];
  } catch (error) {
    if (error instanceof InvalidScheduleError) return [{ path, message: error.message }];
    throw error;
  }
}
