import { LifeboatError } from '../../errors.ts';
import type { ScriptEntry } from '../../sql-script/entries.ts';
import { TokenReader } from '../../sql-script/tokens.ts';
import { standInStatement } from '../collation/stand-in-statement.ts';
import type { StatementOptions, Target } from '../target.ts';
import { TargetStatementError } from '../target.ts';
import { extensionOf } from './extension-of.ts';
import { madeObjects } from './made-objects.ts';
import { missingObject, nameOfMissing } from './missing-object.ts';
import { orderRefusalOfStatement } from './order-refusal.ts';
import { otherColumnReason } from './other-versions.ts';
import { type Outcome, statementOutcome } from './outcome.ts';
import { pins, runsExtensionScript } from './pin-session.ts';
import { planStatement } from './planned-statement.ts';
import { decide } from './rules/all.ts';
import { partitionName } from './rules/partition-indexes.ts';
import type { Decision, PlannedStatement } from './rules/rule.ts';
import type { SchemaContext } from './schema-context.ts';
import { nameOfObject, type SchemaObject, schemaObject } from './schema-object.ts';

type Excuse = Pick<Decision, 'reason' | 'root'>;

const STAND_IN = 'the target has not its locale: a stand-in sorts in the root order, with the same equality';

/** Applies one statement of an entry, or says why not. Throws when the target itself fails, naming the object. */
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
  /** What kills the server is left out, like everything else that the target cannot do. */
  const survive = async (error: unknown) => {
    const cause = await target.revive?.(error);
    if (cause === undefined) throw error;
    return leaveOut(statement, object, { reason: `the embedded server ${cause}` }, context);
  };

  const decision = decide(statement, context);
  if (decision) {
    if (decision.instead !== undefined) await send(decision.instead);
    return leaveOut(statement, object, decision, context);
  }
  const standIn =
    isCreateCollation(statement) && target.kind === 'embedded' ? standInStatement(text) : undefined;
  try {
    await send(standIn ?? text);
  } catch (error) {
    if (!(error instanceof TargetStatementError)) return survive(error);
    const excuse =
      (await columnExcuse(error, text, target, context)) ??
      missingExcuse(error, context) ??
      (await orderExcuse(error, statement, target, context));
    return excuse ? leaveOut(statement, object, excuse, context) : fail(statement, object, error, context);
  }
  if (runsExtensionScript(statement)) for (const pin of pins(target.serverMajor)) await send(pin);
  if (standIn === undefined) return { kind: 'applied' };
  context.order.standIns.add(`${object.schema}.${object.name}`);
  return {
    kind: 'skipped',
    skipped: { ...statementOutcome(statement, object, 'property'), reason: STAND_IN },
  };
}

function isCreateCollation({ target: { verb, objectType } }: PlannedStatement): boolean {
  return verb === 'CREATE' && objectType === 'COLLATION';
}

/** Why something is not there that the statement needs, when that is nobody's fault. */
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

/** What the scripts make themselves, or leave out, is no extension's. */
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
  return { kind: 'skipped', skipped: { ...statementOutcome(statement, object, lost), reason } };
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

/** A target that dies or hangs takes the drill with it: at least it is known at what. */
function locate(error: unknown, object: SchemaObject): unknown {
  if (!(error instanceof LifeboatError)) return error;
  return new LifeboatError({
    code: error.code,
    kind: error.kind,
    what: `${error.what} It was at: ${nameOfObject(object)}.`,
    ...(error.meaning === undefined ? {} : { meaning: error.meaning }),
    ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
    cause: error,
  });
}
