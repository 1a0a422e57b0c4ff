import { deparsed } from '../../fingerprint/deparsed-text.ts';
import type { Facts, FactValue, FingerprintEntry, ObjectName } from '../../fingerprint/fingerprint.ts';
import { identifier, nameOf } from '../../fingerprint/identity.ts';
import { readRelationKey, relationKey } from '../archived/relation-key.ts';
import type { Places } from '../renaming/places.ts';
import { renameStatement, renameText } from '../renaming/rename-statement.ts';

/** An entry of the target's catalog, in the names of the backup. Its definitions are plain text before, and hashes after. */
export function entryInNamesOf(entry: FingerprintEntry, places: Places): FingerprintEntry {
  const { parent, facts, text, notes } = entry;
  return {
    kind: entry.kind,
    name: identityIn(entry, places),
    ...(parent ? { parent: { kind: parent.kind, name: identityIn(parent, places) } } : {}),
    facts: mapFacts(facts, (value, fact) =>
      fact === 'settings' ? path(value, places) : renamed(value, places),
    ),
    ...(text ? { text: deparsed(mapFacts(text, (value) => renamed(value, places, renameStatement))) } : {}),
    ...(notes ? { notes } : {}),
  };
}

/** The name of an object in other names; the same if it is not a part of the copy. */
export function identityIn(
  { kind, name, parent }: ObjectName & { readonly parent?: ObjectName },
  places: Places,
) {
  const schema = (written: string) => identifier(places.schemas.get(nameOf(written)) ?? nameOf(written));
  if (kind === 'schema') return schema(name);
  if (kind === 'default privileges')
    return name.replace(/(?<= in schema )(.*)(?= on \w+$)/s, (written) => schema(written));
  const whole = renamed(name, places);
  if (kind !== 'constraint' || parent === undefined) return whole;
  // `orders_pkey on app.orders`: the constraint has the name of its index.
  const own = name.slice(0, -` on ${parent.name}`.length);
  const table = readRelationKey(parent.name);
  const index = places.indexes.get(relationKey(table.schema, nameOf(own)));
  return index ? `${identifier(index.name)}${whole.slice(own.length)}` : whole;
}

function mapFacts(facts: Facts, map: (value: string, fact: string) => string): Facts {
  const one = (value: FactValue, fact: string): FactValue => {
    if (typeof value === 'string') return map(value, fact);
    return Array.isArray(value) ? value.map((item) => map(String(item), fact)) : value;
  };
  return Object.fromEntries(Object.entries(facts).map(([fact, value]) => [fact, one(value, fact)]));
}

function renamed(text: string, places: Places, rename = renameText): string {
  try {
    // The server writes names without quotes where it can.
    return rename(text, places, identifier);
  } catch {
    return text;
  }
}

/** `search_path=app, pg_temp` */
function path(setting: string, { schemas }: Places): string {
  const [, list] = /^search_path=(.*)$/s.exec(setting) ?? [];
  if (list === undefined) return setting;
  const parts = list.split(/,\s*/).map((written) => {
    const to = schemas.get(nameOf(written));
    return to === undefined ? written : identifier(to);
  });
  return `search_path=${parts.join(', ')}`;
}
