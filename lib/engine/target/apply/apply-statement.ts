import { LifeboatError } from '../../ground/errors.ts';
import type { ScriptEntry } from '../../sql-script/entries.ts';
import { holdsOtherBytes, readableText } from '../../sql-script/script-text.ts';
import { TokenReader } from '../../sql-script/tokens.ts';
import { standInStatement } from '../collation/stand-in-statement.ts';
import type { StatementOptions, Target } from '../target.ts';
import { TargetStatementError } from '../target.ts';
import { extensionOf } from './extension-of.ts';
import { madeObjects } from './made-objects.ts';
import { missingObject, nameOfMissing } from './missing-object.ts';
import { newerSourceReason } from './newer-source.ts';
import { orderRefusalOfStatement } from './order-refusal.ts';
import { otherColumnReason } from './other-versions.ts';
import { type Outcome, type StatementOutcome, statementOutcome } from './outcome.ts';
import { pins, runsExtensionScript } from './pin-session.ts';
import { type PlannedStatement, planStatement } from './planned-statement.ts';
import { decide } from './rules/all.ts';
import { partitionName } from './rules/partition-indexes.ts';
import type { Decision } from './rules/rule.ts';
import type { SchemaContext } from './schema-context.ts';
import { nameOfObject, type SchemaObject, schemaObject } from './schema-object.ts';
import { type WithoutOption, withoutUnknownOption } from './unknown-option.ts';

type Excuse = Pick<Decision, 'reason' | 'root'>;

/**
 * For SQL_ASCII sources, whose names and texts may be in any encoding: a target in UTF-8 would change them.
 */
const NOT_UTF8: Decision = {
  reason: 'it holds bytes that are not valid UTF-8, and the target holds UTF-8 only',
};

const STAND_IN = 'the target lacks its locale: a stand-in sorts in the root order, with the same equality';

/**
 * Applies one statement of an entry, or returns why not. Throws if the target itself fails, and names the
 * object.
 */
export async function applyStatement(
  text: string,
  entry: Pick<ScriptEntry, 'type' | 'name' | 'schema'> | undefined,
  target: Target,
  context: SchemaContext,
  options: StatementOptions,
): Promise<Outcome> {
  const statement = planStatement(text);
  const object = schemaObject(statement, entry);
  const send = (sql: string) =>
    target.execute(sql, options).catch((error) => Promise.reject(locate(error, object)));
  /** A statement that kills the server is left out, like everything else that the target cannot do. */
  const survive = async (error: unknown) => {
    const cause = await target.revive?.(error);
    if (cause === undefined) throw error;
    return leaveOut(statement, object, { reason: `the embedded server ${cause}` }, context);
  };

  const decision = holdsOtherBytes(text) ? NOT_UTF8 : decide(statement, context);
  if (decision) {
    if (decision.instead !== undefined) await send(decision.instead);
    return leaveOut(statement, object, decision, context);
  }
  const standIn =
    isCreateCollation(statement) && target.kind === 'embedded' ? standInStatement(text) : undefined;
  let unknownOptions: string[];
  try {
    unknownOptions = await sendWithoutUnknownOptions(
      standIn ?? context.notNullNames.fit(text, target.serverMajor),
      send,
    );
  } catch (error) {
    if (!(error instanceof TargetStatementError)) return survive(error);
    const excuse =
      (await columnExcuse(error, text, target, context)) ??
      missingExcuse(error, context) ??
      (await orderExcuse(error, statement, target, context)) ??
      newerExcuse(error, text, context);
    return excuse ? leaveOut(statement, object, excuse, context) : fail(statement, object, error, context);
  }
  if (runsExtensionScript(statement)) for (const pin of pins()) await send(pin);
  if (unknownOptions.length > 0) return withoutOptions(statement, object, unknownOptions);
  if (standIn === undefined) return { kind: 'applied' };
  context.order.standIns.add(`${object.schema}.${object.name}`);
  return {
    kind: 'skipped',
    skipped: { ...statementOutcome(statement, object, 'property'), reason: STAND_IN },
  };
}

/**
 * Leaves out options that the target does not know, so that the rest of the statement applies. Returns their
 * names.
 */
async function sendWithoutUnknownOptions(
  text: string,
  send: (sql: string) => Promise<unknown>,
): Promise<string[]> {
  const unknown: string[] = [];
  for (let sql: string | undefined = text; sql !== undefined; ) {
    try {
      await send(sql);
      break;
    } catch (error) {
      const without: WithoutOption | undefined =
        error instanceof TargetStatementError ? withoutUnknownOption(sql, error) : undefined;
      if (without === undefined) throw error;
      unknown.push(without.name);
      sql = without.rest;
    }
  }
  return unknown;
}

function withoutOptions(statement: PlannedStatement, object: SchemaObject, names: string[]): Outcome {
  const { statement: words, ...rest } = statementOutcome(statement, object, 'property');
  const reason = `the target does not know the option ${names.join(', ')}`;
  const ending = statement.target.verb === 'CREATE' || words.endsWith('ADD CONSTRAINT') ? ' WITH' : '';
  return { kind: 'skipped', skipped: { ...rest, statement: `${words}${ending}`, reason } };
}

function isCreateCollation({ target: { verb, objectType } }: PlannedStatement): boolean {
  return verb === 'CREATE' && objectType === 'COLLATION';
}

/** An excuse for a missing object that the statement needs, if the backup is not to blame. */
function missingExcuse(error: TargetStatementError, context: SchemaContext): Excuse | undefined {
  const { leftOut, failed, made } = context;
  const missing = missingObject(error);
  if (!missing) return undefined;
  const needs = `it needs ${nameOfMissing(missing)}`;
  const root = leftOut.find(missing);
  if (root !== undefined) return { reason: `${needs}, which was left out: ${root}`, root };
  if (failed.find(missing) !== undefined || made.find(missing) !== undefined) return undefined;
  const extension = extensionOf(missing, context);
  return extension === undefined ? undefined : { reason: `${needs}, ${extension}` };
}

/** Objects that the scripts create or leave out do not belong to an extension. */
async function columnExcuse(
  error: TargetStatementError,
  text: string,
  target: Target,
  { made, failed, otherVersions }: SchemaContext,
): Promise<Excuse | undefined> {
  const missing = missingObject(error);
  if (missing && (failed.find(missing) ?? made.find(missing)) !== undefined) return undefined;
  const reason = await otherColumnReason(target, error, text, otherVersions);
  return reason === undefined ? undefined : { reason };
}

/**
 * The excuse that comes last: the source is newer. It never explains missing objects that the scripts create.
 */
function newerExcuse(
  error: TargetStatementError,
  text: string,
  { newerSource, made, failed }: SchemaContext,
): Excuse | undefined {
  if (newerSource === undefined) return undefined;
  const missing = missingObject(error);
  if (missing && (failed.find(missing) ?? made.find(missing)) !== undefined) return undefined;
  const reason = newerSourceReason(newerSource, error, text);
  return reason === undefined ? undefined : { reason };
}

async function orderExcuse(
  error: TargetStatementError,
  statement: PlannedStatement,
  target: Target,
  { order }: SchemaContext,
): Promise<Excuse | undefined> {
  const reason = await orderRefusalOfStatement(target, order, error, statement);
  return reason === undefined ? undefined : { reason };
}

function leaveOut(
  statement: PlannedStatement,
  object: SchemaObject,
  { reason, root = reason }: Excuse,
  { leftOut, emptied, missingExtensions }: SchemaContext,
): Outcome {
  const made = madeObjects(statement, object);
  for (const one of made) leftOut.add(one, root);
  if (object.kind === 'table' && statement.target.action === 'ATTACH PARTITION') {
    const [name = '', schema] = partitionName(new TokenReader(statement.tokens())).reverse();
    leftOut.add({ kind: 'partition', name, ...(schema === undefined ? {} : { schema }) }, root);
    emptied.add(object, root);
  }
  if (object.kind === 'extension' && made.length > 0) missingExtensions.push(object.name);
  const lost = made.length > 0 ? 'object' : 'property';
  return { kind: 'skipped', skipped: { ...readable(statementOutcome(statement, object, lost)), reason } };
}

/** Decodes names to those of a fingerprint. */
function readable(outcome: StatementOutcome): StatementOutcome {
  const { schema, name, on } = outcome;
  return {
    ...outcome,
    ...(schema === undefined ? {} : { schema: readableText(schema) }),
    name: readableText(name),
    ...(on === undefined ? {} : { on: readableRelation(on) }),
  };
}

function readableRelation({ schema, name }: { readonly schema?: string; readonly name: string }) {
  return { ...(schema === undefined ? {} : { schema: readableText(schema) }), name: readableText(name) };
}

function fail(
  statement: PlannedStatement,
  object: SchemaObject,
  error: TargetStatementError,
  { failed }: SchemaContext,
): Outcome {
  const { message, sqlState } = error;
  const missing = missingObject(error);
  const cause = missing && failed.find(missing);
  const made = madeObjects(statement, object);
  for (const one of made) failed.add(one, nameOfObject(object));
  return {
    kind: 'failed',
    failed: {
      ...statementOutcome(statement, object, made.length > 0 ? 'object' : 'property'),
      message: cause === undefined ? message : `${message} (${cause} failed before)`,
      sqlState,
    },
  };
}

/** Adds the object to the error of a target that died or hangs, which ends the drill. */
function locate(error: unknown, object: SchemaObject): unknown {
  if (!(error instanceof LifeboatError)) return error;
  return new LifeboatError({
    code: error.code,
    kind: error.kind,
    what: `${error.what} It was working on: ${nameOfObject(object)}.`,
    ...(error.meaning === undefined ? {} : { meaning: error.meaning }),
    ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
    cause: error,
  });
}
