import type { TargetFacts } from '../target/look-at-target.ts';
import type { PlannedEntry } from './restore-plan.ts';

/** Kinds of objects that only a superuser may create (PostgreSQL manual, the pages of CREATE …). */
const OF_SUPERUSERS: ReadonlySet<string> = new Set([
  'ACCESS METHOD',
  'EVENT TRIGGER',
  'FOREIGN DATA WRAPPER',
  'OPERATOR CLASS',
  'OPERATOR FAMILY',
  'PROCEDURAL LANGUAGE',
  'SHELL TYPE',
  'TEXT SEARCH PARSER',
  'TEXT SEARCH TEMPLATE',
]);

/** Trusted languages: every role may write functions in them, where they are installed. */
const TRUSTED_LANGUAGE = /^(?:sql|plpgsql|plperl|pltcl|plv8|plcoffee|plls)$/;

/**
 * Names of the objects that a role without superuser rights cannot create in this target. refusals.ts deals
 * with owners.
 */
export function superuserNeeds(
  entries: readonly PlannedEntry[],
  target: Pick<TargetFacts, 'extensions' | 'trustedExtensions'>,
): string[] {
  return entries
    .filter((entry) => entry.role === 'own' && needsSuperuser(entry, target))
    .map(({ type, header }) => `${type.toLowerCase()} ${header.name}`);
}

function needsSuperuser(
  { type, header, adapted }: PlannedEntry,
  { extensions, trustedExtensions }: Pick<TargetFacts, 'extensions' | 'trustedExtensions'>,
): boolean {
  if (OF_SUPERUSERS.has(type)) return true;
  const [text = ''] = adapted;
  switch (type) {
    case 'EXTENSION':
      return !extensions.has(header.name) && !trustedExtensions.has(header.name);
    case 'TYPE':
      return /^\s*INPUT\s*=/m.test(text);
    case 'CAST':
      return / WITHOUT FUNCTION\b/.test(text);
    case 'FUNCTION':
    case 'PROCEDURE':
      return isPrivilegedRoutine(text);
    case 'PUBLICATION':
      return / FOR ALL TABLES\b/.test(text);
    case 'PUBLICATION TABLES IN SCHEMA':
      return true;
    case 'ACL':
    case 'DEFAULT ACL':
      return adapted.some((statement) => statement.startsWith('SET SESSION AUTHORIZATION '));
    default:
      return false;
  }
}

/** pg_dump writes the language on the line after the heading. */
function isPrivilegedRoutine(text: string): boolean {
  const clauses = /^ {4}LANGUAGE "?(\w+)"?(.*)$/m.exec(text);
  if (!clauses) return false;
  const [, language = '', rest = ''] = clauses;
  return !TRUSTED_LANGUAGE.test(language) || / LEAKPROOF\b/.test(rest);
}
