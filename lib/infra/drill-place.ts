import type { Problem } from './problem.ts';

/** Who proves the backups of a source: see `SourceProps.drill`. */
export const DRILL_PLACES = ['function', 'elsewhere', 'off'] as const;
export type DrillPlaceName = (typeof DRILL_PLACES)[number];

/** The settings of a source that concern its drills. */
export interface DrillSettings {
  readonly drill?: string;
  readonly drillSchedule?: string | undefined;
  readonly drillAfterBackup?: boolean;
  readonly drillChecks?: readonly unknown[];
  readonly drillSize?: object;
}

/** The drill place of settings that {@link checkDrillPlace} has checked. */
export function drillPlaceOf({ drill }: DrillSettings): DrillPlaceName {
  return DRILL_PLACES.find((place) => place === drill) ?? 'function';
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
  if (place === 'function') return [];
  const { drillSchedule, drillAfterBackup, drillChecks = [], drillSize } = settings;
  const unused = {
    drillAfterBackup: drillAfterBackup === true,
    drillChecks: drillChecks.length > 0,
    drillSize: drillSize !== undefined,
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
