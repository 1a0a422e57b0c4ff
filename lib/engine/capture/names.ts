import { createHash } from 'node:crypto';

/** NAMEDATALEN - 1. */
const LONGEST_NAME = 63;

/** The name of a source's slot and of its publication: slots take lower-case letters, digits and underscores. */
export function slotName(source: string): string {
  const plain = `lifeboat_${source.replace(/[^a-z0-9_]/g, '_')}`;
  if (plain.length <= LONGEST_NAME && plain === `lifeboat_${source}`) return plain;
  // Two sources, `a-b` and `a.b`, must not share a slot.
  const suffix = createHash('sha256').update(source).digest('hex').slice(0, 8);
  return `${plain.slice(0, LONGEST_NAME - 9)}_${suffix}`;
}

/** The schema with the function of the event triggers. */
export const DDL_SCHEMA = 'lifeboat_pitr';
/** The prefix of messages that the event triggers put into the stream. */
export const DDL_PREFIX = 'lifeboat.ddl';
