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

/** The state while the scripts of one backup are applied to one target. The scripts add to it. */
export interface SchemaContext {
  readonly capabilities: TargetCapabilities;
  readonly order: SortOrder;
  /**
   * Objects that the scripts create. A missing object that is not among them would come from an extension.
   */
  readonly made: ObjectRegistry<SchemaObject>;
  /** Objects that were left out, with the root reason where one led to another. */
  readonly leftOut: ObjectRegistry<string>;
  readonly failed: ObjectRegistry<string>;
  /** Tables that lack some or all of their rows. */
  readonly emptied: ObjectRegistry<string>;
  /** OIDs that the scripts contain instead of the names of dropped roles. */
  readonly goneRoles: ReadonlySet<string>;
  /** Names of extensions that were left out. */
  readonly missingExtensions: string[];
  /** The extensions of the source. Empty if they were not given. */
  readonly extensions: readonly ExtensionOfSource[];
  /** Extensions that the target has in another version. Empty if the versions were not given. */
  readonly otherVersions: readonly OtherVersion[];
  /**
   * Set if the source has a newer major version: statements that only it understands are left out for this
   * reason.
   */
  readonly newerSource?: NewerSource | undefined;
  /** Names for NOT NULL constraints whose default name on the target is taken. */
  readonly notNullNames: NotNullNames;
  /** The session user, which is set again after each entry. */
  readonly sessionUser: string;
}

export interface SchemaContextOptions {
  /** All scripts that will be applied: pre-data and post-data. */
  readonly scripts: readonly string[];
  /** Whether text in the default collation sorts exactly as at the source: see collation/default-order.ts. */
  readonly defaultOrderIsExact: boolean;
  /**
   * The source's extensions: objects that only their versions have are excused.
   * @default nothing is excused
   */
  readonly extensions?: readonly ExtensionOfSource[];
  /**
   * The source's major version: statements that an older target cannot understand are excused.
   * @default none are
   */
  readonly sourceMajor?: number;
  /** The roles in the scripts that exist at the source. @default every name is taken for a role */
  readonly roles?: readonly string[];
}

/**
 * Prepares a target for a schema: reads its capabilities, and creates system collations that the scripts
 * need.
 */
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

/**
 * Finds dropped roles in the scripts: earlier versions archived their OIDs instead of names, as pg_dump
 * writes them.
 */
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
