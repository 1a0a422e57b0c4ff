import { goneRolesOf } from '../../sql-script/names-of-gone-roles.ts';
import { NotNullNames } from '../../sql-script/not-null-names.ts';
import { splitStatements } from '../../sql-script/statements.ts';
import type { SortOrder } from '../collation/sort-order.ts';
import { createStandIns, namedSystemCollations } from '../collation/stand-ins.ts';
import type { Target } from '../target.ts';
import { readCapabilities, type TargetCapabilities } from './capabilities.ts';
import { madeObjects } from './made-objects.ts';
import { type NewerSource, newerSource } from './newer-source.ts';
import { ObjectRegistry } from './object-registry.ts';
import { type ExtensionOfSource, type OtherVersion, readOtherVersions } from './other-versions.ts';
import { planStatement } from './planned-statement.ts';
import { type SchemaObject, schemaObject } from './schema-object.ts';

/** What is known while the scripts of one backup are applied to one target; the scripts add to it. */
export interface SchemaContext {
  readonly capabilities: TargetCapabilities;
  readonly order: SortOrder;
  /** Objects that some script makes. What is missing and not among them, an extension would have brought. */
  readonly made: ObjectRegistry<SchemaObject>;
  /** With the first reason of all, where one left-out object led to another. */
  readonly leftOut: ObjectRegistry<string>;
  readonly failed: ObjectRegistry<string>;
  /** Tables whose rows, or some of them, are not in them. */
  readonly emptied: ObjectRegistry<string>;
  /** OIDs that the scripts name in the place of roles that were gone at the source. */
  readonly goneRoles: ReadonlySet<string>;
  /** Names of extensions that were left out. */
  readonly missingExtensions: string[];
  /** Of the source; empty where they were not told. */
  readonly extensions: readonly ExtensionOfSource[];
  /** Extensions that the target has in another version; empty where their versions were not told. */
  readonly otherVersions: readonly OtherVersion[];
  /** Where the source is of a newer major version: what only that one understands is left out, with that reason. */
  readonly newerSource?: NewerSource | undefined;
  /** Names for NOT NULL where the target's own choice is taken. */
  readonly notNullNames: NotNullNames;
  /** Who the session is, to be set back after each entry. */
  readonly sessionUser: string;
}

export interface SchemaContextOptions {
  /** Every script that will be applied: pre-data and post-data. */
  readonly scripts: readonly string[];
  /** Whether text without a collation of its own sorts exactly as at the source: see collation/default-order.ts. */
  readonly defaultOrderIsExact: boolean;
  /** Of the source: what only their versions have is excused, where the target has others. @default nothing is */
  readonly extensions?: readonly ExtensionOfSource[];
  /** Of the source's server: an older target is excused for what it cannot understand. @default nothing is */
  readonly sourceMajor?: number;
  /** The roles that the source has, of those that the scripts name. @default every name is taken for a role's */
  readonly roles?: readonly string[];
}

/** Prepares a target for a schema: asks what it can do, and makes the collations that the scripts take for granted. */
export async function openSchemaContext(
  target: Target,
  options: SchemaContextOptions,
): Promise<SchemaContext> {
  const standIns = new Set<string>();
  if (target.kind === 'embedded') {
    const names = new Set(options.scripts.flatMap((script) => [...namedSystemCollations(script)]));
    await createStandIns(target, names);
    for (const name of names) standIns.add(`pg_catalog.${name}`);
  }
  const { rows } = await target.execute('SELECT session_user AS name');
  return {
    capabilities: await readCapabilities(target),
    order: { defaultIsExact: options.defaultOrderIsExact, standIns },
    made: objectsMadeBy(options.scripts),
    leftOut: new ObjectRegistry(),
    failed: new ObjectRegistry(),
    emptied: new ObjectRegistry(),
    goneRoles: goneRolesIn(options.scripts, options.roles),
    missingExtensions: [],
    extensions: options.extensions ?? [],
    otherVersions: await readOtherVersions(target, options.extensions ?? []),
    newerSource: newerSource(options.sourceMajor, target.serverMajor),
    notNullNames: new NotNullNames(options.scripts),
    sessionUser: rows[0]?.name ?? '',
  };
}

/** Earlier versions archived what pg_dump writes for a role that is gone: its OID in the place of its name. */
function goneRolesIn(scripts: readonly string[], roles: SchemaContextOptions['roles']): ReadonlySet<string> {
  if (roles === undefined || !scripts.some((script) => NAMES_A_NUMBER.test(script))) return new Set();
  const statements = scripts.flatMap((script) => splitStatements(script).map(({ text }) => text));
  return goneRolesOf(statements.map(planStatement), roles);
}

const NAMES_A_NUMBER = /"\d{5,10}"/;

function objectsMadeBy(scripts: readonly string[]): ObjectRegistry<SchemaObject> {
  const made = new ObjectRegistry<SchemaObject>();
  for (const script of scripts) {
    for (const { text } of splitStatements(script)) {
      const statement = planStatement(text);
      for (const object of madeObjects(statement, schemaObject(statement, undefined)))
        made.add(object, object);
    }
  }
  return made;
}
