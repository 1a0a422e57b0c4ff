import { statementTarget } from '../../sql-script/statement-target.ts';
import { nameOfObject } from '../../target/apply/schema-object.ts';
import type { ArchivedEntry, ArchivedSchema } from '../archived/archived-schema.ts';
import { nameMentions } from '../archived/name-mentions.ts';
import { readRelationKey, relationKey } from '../archived/relation-key.ts';
import type { RestoreScope } from '../archived/restore-scope.ts';
import type { Selection } from './select-relations.ts';

export interface ChosenEntry extends ArchivedEntry {
  /** `support`: other entries need it, for example a type. An existing one of that name serves instead. */
  readonly role: 'own' | 'support';
}

export interface Choice {
  /** The chosen entries in the order of the archive. */
  readonly chosen: readonly ChosenEntry[];
  readonly leftOut: readonly ArchivedEntry[];
}

/** Not created for a table under another name, which is meant to be looked at and copied from. */
const NOT_FOR_A_COPY: ReadonlySet<string> = new Set(['FK CONSTRAINT', 'RULE', 'STATISTICS', 'TRIGGER']);
const PRIVILEGE_TYPES: ReadonlySet<string> = new Set(['ACL', 'DEFAULT ACL']);
/** Entries that describe another object and need it. */
const ABOUT_TYPES: ReadonlySet<string> = new Set(['ACL', 'COMMENT', 'SECURITY LABEL']);

/** The entries that create the selected objects, and those that these need. */
export function chooseEntries(archived: ArchivedSchema, selection: Selection, scope: RestoreScope): Choice {
  if (scope.content === 'data') return { chosen: [], leftOut: archived.entries };
  const fits = (entry: ArchivedEntry) =>
    !(scope.noPrivileges && PRIVILEGE_TYPES.has(entry.type)) &&
    !(scope.as && isNotForACopy(entry, selection));
  const own = new Set(archived.entries.filter((entry) => isOwn(entry, selection) && fits(entry)));
  for (const entry of aboutSteps(own, archived, selection)) if (fits(entry)) own.add(entry);
  const support = selection.schemas === undefined ? new Set<ArchivedEntry>() : supportOf(own, archived);
  const chosen: ChosenEntry[] = [];
  const leftOut: ArchivedEntry[] = [];
  for (const entry of archived.entries) {
    if (own.has(entry)) chosen.push({ ...entry, role: 'own' });
    else if (support.has(entry) && fits(entry)) chosen.push({ ...entry, role: 'support' });
    else leftOut.push(entry);
  }
  return { chosen, leftOut };
}

function isOwn(entry: ArchivedEntry, { relations, schemas, excludedSchemas, steps }: Selection): boolean {
  if (steps?.has(entry.step)) return true;
  if (entry.relation !== undefined) return relations.has(entry.relation);
  const schema = schemaOf(entry);
  if (schema !== undefined && excludedSchemas.has(schema)) return false;
  return schemas === undefined || (schema !== undefined && schemas.has(schema));
}

/** Comments on single objects that are restored besides, and their grants. */
function aboutSteps(
  own: ReadonlySet<ArchivedEntry>,
  { entries }: ArchivedSchema,
  { steps }: Selection,
): ArchivedEntry[] {
  if (steps === undefined || steps.size === 0) return [];
  const names = new Set([...own].filter(({ step }) => steps.has(step)).map(wholeName));
  return entries.filter(
    (entry) => ABOUT_TYPES.has(entry.type) && !own.has(entry) && names.has(wholeName(entry)),
  );
}

function wholeName({ object }: ArchivedEntry): string {
  return `${nameOfObject(object)}(${object.signature ?? ''})`;
}

function schemaOf({ object: { kind, schema, name, on } }: ArchivedEntry): string | undefined {
  if (isOfPublication(kind)) return undefined;
  return kind === 'schema' ? name : (schema ?? on?.schema);
}

function isNotForACopy({ type, object, otherRelation }: ArchivedEntry, selection: Selection): boolean {
  if (NOT_FOR_A_COPY.has(type) || NOT_FOR_A_COPY.has(object.kind.toUpperCase())) return true;
  return type === 'TABLE ATTACH' && otherRelation !== undefined && !selection.relations.has(otherRelation);
}

/**
 * Everything that these entries need besides tables: schemas, types, functions, sequences that no table owns,
 * extensions; what those need in turn; and the comments and grants on them.
 */
function supportOf(own: ReadonlySet<ArchivedEntry>, { entries }: ArchivedSchema): Set<ArchivedEntry> {
  const makers = Map.groupBy(entries.filter(canSupport), nameToFind);
  const support = new Set<ArchivedEntry>();
  const queue = [...own];
  const need = (name: string) => {
    const found = makers.get(name) ?? [];
    for (const entry of found) {
      if (own.has(entry) || support.has(entry)) continue;
      support.add(entry);
      queue.push(entry);
    }
    return found.length > 0;
  };
  const makes = new Set(entries.filter(({ type }) => !ABOUT_TYPES.has(type)).map(nameToFind));
  for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
    if (entry.object.schema !== undefined) need(named('schema', entry.object.schema));
    for (const statement of entry.statements) {
      for (const { key } of nameMentions(statement)) {
        need(named('schema', readRelationKey(key).schema));
        // An extension makes every object that no entry makes. The archive does not say which extension.
        if (!need(key) && !makes.has(key)) need('extension');
      }
      const { language, server, foreignDataWrapper } = statementTarget(statement);
      if (language !== undefined) need(named('language', language));
      if (server !== undefined) need(named('server', server));
      if (foreignDataWrapper !== undefined) need(named('foreign data wrapper', foreignDataWrapper));
    }
  }
  const supported = new Set([...support].map(nameToFind));
  for (const entry of entries) {
    if (ABOUT_TYPES.has(entry.type) && !own.has(entry) && supported.has(nameToFind(entry)))
      support.add(entry);
  }
  return support;
}

/** Such an entry has the name of a table or schema, but belongs to the publication that it adds it to. */
function isOfPublication(kind: string): boolean {
  return kind.startsWith('publication ');
}

/** Tables and views are never support: they are restored only when they are asked for by name. */
function canSupport({ type, relation, object }: ArchivedEntry): boolean {
  if (ABOUT_TYPES.has(type) || isOfPublication(object.kind)) return false;
  return relation === undefined || (object.kind === 'sequence' && type === 'SEQUENCE');
}

/** The name by which a statement that needs the object mentions it. */
function nameToFind({ object: { kind, schema, name, on } }: ArchivedEntry): string {
  if (kind === 'extension') return 'extension';
  if (schema !== undefined) return relationKey(schema, name);
  return on?.schema === undefined ? named(kind, name) : relationKey(on.schema, on.name);
}

function named(kind: string, name: string): string {
  return `${kind} ${name}`;
}
