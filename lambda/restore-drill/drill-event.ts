import * as v from 'valibot';
import type { DrillEvent, ManifestSealedEvent } from '../../lib/contract/events.ts';
import { parseManifestKey } from '../../lib/engine/archive/keys.ts';
import { nameOfBackup } from '../../lib/engine/archive/listing.ts';
import { text } from '../../lib/engine/ground/shapes.ts';
import { optionalFields } from '../shared/optional-fields.ts';
import { eventInvalid, readEvent } from '../shared/read-event.ts';

const named: v.GenericSchema<unknown, DrillEvent> = optionalFields({ backup: v.optional(text, 'latest') });
const sealed: v.GenericSchema<ManifestSealedEvent> = v.strictObject({ manifestKey: v.string() });

const EXAMPLE = '{"backup": "latest"}, or with a backup\'s id';

/** Whether an event comes from EventBridge, because a backup was sealed, and not from a person. */
export function isOfSealedBackup(event: unknown): boolean {
  return typeof event === 'object' && event !== null && 'manifestKey' in event;
}

/** The backup that an event names, in the form that people use, or `latest`. Throws `event-invalid`. */
export function drillReference(event: unknown, source: string): string {
  if (!isOfSealedBackup(event)) {
    return readEvent(named, event, EXAMPLE).backup;
  }
  const { manifestKey } = readEvent(sealed, event, EXAMPLE);
  const place = parseManifestKey(manifestKey);
  if (!place) throw eventInvalid(`${JSON.stringify(manifestKey)} is not the key of a manifest`, EXAMPLE);
  if (place.source !== source)
    throw eventInvalid(`${manifestKey} belongs to another source than ${source}`, EXAMPLE);
  return nameOfBackup(place);
}
