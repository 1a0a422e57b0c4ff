import type { Problem } from './problem.ts';

/** Who proves the backups of a source: see `SourceProps.drill`. */
export const DRILL_PLACES = ['function', 'auto', 'task', 'elsewhere', 'off'] as const;
export type DrillPlaceName = (typeof DRILL_PLACES)[number];

/** The settings of a source that concern its drills. */
export interface DrillSettings {
  readonly drill?: string;
  readonly drillSchedule?: string | undefined;
  readonly drillAfterBackup?: boolean;
  readonly drillChecks?: readonly unknown[];
  readonly drillSize?: object;
  readonly drillImage?: string;
  readonly drillHours?: number;
}

/** The drill place of settings that {@link checkDrillPlace} has checked. */
export function drillPlaceOf({ drill }: DrillSettings): DrillPlaceName {
  return DRILL_PLACES.find((place) => place === drill) ?? 'function';
}

/** Whether the stack drills, by a function that may have a task for what it cannot prove. */
export function isDrilledByStack(place: DrillPlaceName): place is 'function' | 'auto' | 'task' {
  return place === 'function' || mayDrillInTask(place);
}

export function mayDrillInTask(place: DrillPlaceName): place is 'auto' | 'task' {
  return place === 'auto' || place === 'task';
}

/** Reports settings of a drill function where there is none: they would be ignored silently. */
export function checkDrillPlace(settings: DrillSettings): Problem[] {
  const { drill = 'function' } = settings;
  if (!DRILL_PLACES.some((place) => place === drill)) {
    return [
      { path: ['drill'], message: `${JSON.stringify(drill)} should be one of ${DRILL_PLACES.join(', ')}` },
    ];
  }
  const place = drillPlaceOf(settings);
  if (isDrilledByStack(place)) return checkTask(settings, place);
  const { drillSchedule, drillAfterBackup, drillChecks = [], drillSize } = settings;
  const unused = {
    drillAfterBackup: drillAfterBackup === true,
    drillChecks: drillChecks.length > 0,
    drillSize: drillSize !== undefined,
    drillImage: settings.drillImage !== undefined,
    drillHours: settings.drillHours !== undefined,
    // With `elsewhere` drillSchedule says how often a proof is due.
    drillSchedule: place === 'off' && drillSchedule !== undefined,
  };
  return Object.entries(unused).flatMap(([setting, isGiven]) =>
    isGiven
      ? [
          {
            path: [setting],
            message: `is for a drill function, but drill is ${JSON.stringify(place)}: leave out one of the two`,
          },
        ]
      : [],
  );
}

const MOST_HOURS = 72;
/** As the registry of an image has it (OCI Distribution Specification, "Pulling manifests"), short of whitespace. */
const IMAGE = /^[\w.\-/:@]{3,500}$/;

function checkTask({ drillImage, drillHours }: DrillSettings, place: DrillPlaceName): Problem[] {
  if (!mayDrillInTask(place)) {
    return Object.entries({ drillImage, drillHours }).flatMap(([setting, value]) =>
      value === undefined
        ? []
        : [
            {
              path: [setting],
              message: 'is for a task: set drill to "auto" or "task", or leave it out',
            },
          ],
    );
  }
  const isHours =
    drillHours === undefined || (Number.isInteger(drillHours) && drillHours >= 1 && drillHours <= MOST_HOURS);
  return [
    ...(drillImage === undefined || IMAGE.test(drillImage)
      ? []
      : [{ path: ['drillImage'], message: `${JSON.stringify(drillImage)} is not the name of an image` }]),
    ...(isHours
      ? []
      : [{ path: ['drillHours'], message: `${drillHours} is not a whole number from 1 to ${MOST_HOURS}` }]),
  ];
}
