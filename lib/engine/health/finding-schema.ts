import * as v from 'valibot';
import { instant, text } from '../ground/shapes.ts';
import { HEALTH_GROUPS, HEALTH_UNITS, SEVERITIES } from './finding.ts';

const limit = v.nullable(v.number());

/** A finding as an earlier run wrote it. */
export const findingSchema = v.object({
  check: text,
  group: v.picklist(HEALTH_GROUPS),
  unit: v.picklist(HEALTH_UNITS),
  threshold: v.nullable(v.object({ warning: limit, critical: limit })),
  measuredAt: v.exactOptional(instant),
  severity: v.picklist(SEVERITIES),
  value: v.nullable(v.number()),
  what: text,
  meaning: v.exactOptional(v.string()),
  remedy: v.exactOptional(v.string()),
  statements: v.exactOptional(v.array(v.string())),
  count: v.exactOptional(v.number()),
  examples: v.exactOptional(v.array(v.string())),
  figures: v.exactOptional(v.record(v.string(), v.nullable(v.union([v.number(), v.string()])))),
});
