import { HEALTH_MINUTES } from '../../contract/health-results.ts';
import {
  CHECK_NAMES,
  COUNTS_DOWNWARDS,
  DEFAULT_THRESHOLDS,
  type HealthThreshold,
} from '../../contract/health-thresholds.ts';
import type { HealthMeasureSettings, HealthThresholdSettings } from '../environment/shared-settings.ts';
import { checkSettingsFit } from '../functions/settings-fit.ts';
import type { Problem } from '../problem.ts';

/** The JSON for the function's variable; undefined if all settings have their defaults. */
export function healthSettingsJson(settings: HealthMeasureSettings): string | undefined {
  const { sizeLimitBytes, apiSchemas, thresholds } = settings;
  const given = { sizeLimitBytes, apiSchemas, thresholds };
  return Object.values(given).some((value) => value !== undefined) ? JSON.stringify(given) : undefined;
}

/** Reports what the function would refuse, and figures that no clock or database has. */
export function checkHealth(settings: HealthMeasureSettings): Problem[] {
  const { everyMinutes = HEALTH_MINUTES.usually, sizeLimitBytes, apiSchemas, thresholds = {} } = settings;
  const { from, to } = HEALTH_MINUTES;
  const isMinutes = Number.isInteger(everyMinutes) && everyMinutes >= from && everyMinutes <= to;
  const isSize = sizeLimitBytes === undefined || (Number.isSafeInteger(sizeLimitBytes) && sizeLimitBytes > 0);
  return [
    ...(isMinutes
      ? []
      : [{ path: ['everyMinutes'], message: `${everyMinutes} is not a whole number from ${from} to ${to}` }]),
    ...(isSize
      ? []
      : [{ path: ['sizeLimitBytes'], message: `${sizeLimitBytes} is not a whole number of bytes above 0` }]),
    ...(apiSchemas?.length === 0
      ? [{ path: ['apiSchemas'], message: 'should be left out rather than empty' }]
      : []),
    ...(apiSchemas ?? []).flatMap((schema, index) =>
      schema === '' ? [{ path: ['apiSchemas', index], message: 'is empty' }] : [],
    ),
    ...Object.entries(thresholds).flatMap(([check, given]) => checkThreshold(check, given)),
    ...checkSettingsFit('thresholds', healthSettingsJson(settings)),
  ];
}

function checkThreshold(check: string, given: HealthThresholdSettings): Problem[] {
  const path = ['thresholds', check];
  const known = CHECK_NAMES.find((name) => name === check);
  if (known === undefined) {
    return [{ path, message: `is no check of health; there are ${CHECK_NAMES.join(', ')}` }];
  }
  const usual: HealthThreshold = DEFAULT_THRESHOLDS[known];
  const { warning = usual.warning, critical = usual.critical } = given;
  const wrong = Object.entries({ warning, critical }).filter(
    ([, limit]) => limit !== null && !(Number.isFinite(limit) && limit >= 0),
  );
  if (wrong.length > 0) {
    return wrong.map(([part, limit]) => ({
      path: [...path, part],
      message: `${limit} should be at least 0`,
    }));
  }
  if (warning === null || critical === null) return [];
  const isCrossed = known === COUNTS_DOWNWARDS ? critical > warning : critical < warning;
  if (!isCrossed) return [];
  return [{ path, message: `would be critical (${critical}) before it is a warning (${warning})` }];
}
