import { isGone } from '../catalog/gone-role.ts';
import type { Facts, FactValue, FingerprintEntry, ObjectKind } from './fingerprint.ts';
import { type GrantKind, untouchedLines, withoutGrantsOfGoneRoles } from './grants.ts';
import { nameOf } from './identity.ts';
import { kindOfDefaultPrivileges } from './readings/default-privileges.ts';

/** Kinds of objects with grants. All kinds that are not listed here are relations. */
const KIND_OF_GRANTS: Readonly<Partial<Record<ObjectKind, GrantKind>>> = {
  column: 'column',
  domain: 'type',
  'foreign data wrapper': 'foreign data wrapper',
  function: 'function',
  procedure: 'function',
  aggregate: 'function',
  language: 'language',
  schema: 'schema',
  sequence: 'sequence',
  server: 'server',
  type: 'type',
};

const MARK = 'unknown (OID=';
const DEFAULT_PRIVILEGES = /^for role ("(?:[^"]|"")*"|\S+)( in schema .+)? on ([a-z ]+)$/s;

/**
 * Removes grants, roles of policies, and default privileges of dropped roles from the entries, because no
 * restore can give them to anybody. Fingerprints of earlier versions contain them.
 */
export function forgetGoneRoles(entries: readonly FingerprintEntry[], major: number): FingerprintEntry[] {
  const left: FingerprintEntry[] = [];
  for (const entry of entries) {
    if (entry.kind === 'default privileges') left.push(...defaultPrivilegesOf(entry, major));
    else if (entry.kind === 'policy') left.push(...policyOf(entry));
    else left.push(entry.facts.grants === undefined ? entry : objectOf(entry, major));
  }
  return left;
}

function objectOf(entry: FingerprintEntry, major: number): FingerprintEntry {
  const { grants, owner } = entry.facts;
  if (!mentionsGone(grants)) return entry;
  const kind = kindOfGrants(entry.kind);
  const ownerName = typeof owner === 'string' ? owner : '';
  const lines = withoutGrantsOfGoneRoles(kind, ownerName, grants, isGone, major);
  const untouched = untouchedLines(kind, ownerName, major);
  const isUntouched = lines.join('\n') === untouched.join('\n');
  return withFact(entry, 'grants', isUntouched ? undefined : lines.length === 0 ? ['none'] : lines);
}

/** The kind of privileges that an object of this kind has. */
export function kindOfGrants(kind: ObjectKind): GrantKind {
  return KIND_OF_GRANTS[kind] ?? 'table';
}

/**
 * Returns no entry where only dropped roles were granted something, or where the entry's own role was
 * dropped.
 */
function defaultPrivilegesOf(entry: FingerprintEntry, major: number): FingerprintEntry[] {
  const [, written = '', schema, plural = ''] = DEFAULT_PRIVILEGES.exec(entry.name) ?? [];
  const role = nameOf(written);
  if (isGone(role)) return [];
  const { grants } = entry.facts;
  if (!mentionsGone(grants)) return [entry];
  const kind = kindOfDefaultPrivileges(plural);
  const lines = withoutGrantsOfGoneRoles(kind, role, grants, isGone, major);
  const base = schema === undefined ? untouchedLines(kind, role, major) : [];
  if (lines.join('\n') === base.join('\n')) return [];
  return [withFact(entry, 'grants', lines.length === 0 ? undefined : lines)];
}

/**
 * Removes dropped roles from a policy. A policy without other roles is removed: it applies to nobody, and
 * pg_dump writes it without a role, which no server accepts.
 */
function policyOf(entry: FingerprintEntry): FingerprintEntry[] {
  const { roles } = entry.facts;
  if (!mentionsGone(roles)) return [entry];
  const left = roles.filter((role) => !isGone(nameOf(role)));
  return left.length === 0 ? [] : [withFact(entry, 'roles', left)];
}

function mentionsGone(value: FactValue | undefined): value is readonly string[] {
  return Array.isArray(value) && value.some((line) => String(line).includes(MARK));
}

function withFact(entry: FingerprintEntry, fact: string, value: FactValue | undefined): FingerprintEntry {
  const { [fact]: _, ...rest } = entry.facts;
  const facts: Facts = value === undefined ? rest : { ...rest, [fact]: value };
  return { ...entry, facts };
}
