import { InvalidScheduleError } from '../../schedule/invalid-schedule-error.ts';
import { longestGapOf } from '../../schedule/longest-gap.ts';
import { drillPlaceOf } from '../drill-place.ts';
import type { Problem } from '../problem.ts';
import { LONGEST_REPLICATED_NAME } from './replica-names.ts';

/** The settings of a replica, as they are checked. */
export interface ReplicaToCheck {
  readonly region: string;
  readonly account?: string;
  readonly drillSchedule?: string;
}

/** What a setting for a region should be. */
export const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/;

/** CloudWatch keeps what drills reported for 63 days, and the sentinel looks back 62. */
const LONGEST_DRILL_GAP_DAYS = 60;
const DAY_MS = 86_400_000;

/** Checks what a construct's props and bin/environments.ts have in common. */
export function checkReplica(
  environment: string,
  replica: ReplicaToCheck,
  sources: ReadonlyArray<{ readonly drill?: string }>,
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
    ...(drillSchedule === undefined ? [] : checkDrills(drillSchedule, sources, now)),
  ];
}

/** Checks a replica against the place of its vault, which both stacks must name. */
export function checkReplicaPlace(
  { region, account }: ReplicaToCheck,
  vault: { readonly region?: string; readonly account?: string },
): Problem[] {
  return [
    ...(vault.region === undefined
      ? [{ path: [], message: 'needs the region of the environment: give region too' }]
      : vault.region === region
        ? [{ path: ['region'], message: `${region} is the region of the vault: give another one` }]
        : []),
    ...(account !== undefined && vault.account === undefined
      ? [{ path: ['account'], message: 'needs the account of the environment: give account too' }]
      : []),
  ];
}

function checkDrills(
  drillSchedule: string,
  sources: ReadonlyArray<{ readonly drill?: string }>,
  now: Date,
): Problem[] {
  const path = ['drillSchedule'];
  if (!sources.some((source) => drillPlaceOf(source) === 'function')) {
    return [{ path, message: 'no source is drilled by a function: leave it out' }];
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
