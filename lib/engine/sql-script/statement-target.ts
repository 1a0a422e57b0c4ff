import type { Statement } from './statements.ts';
import { TokenReader, wordOf } from './tokens.ts';
import { ALTER_ACTIONS, COLUMN_ACTIONS, CREATE_MODIFIERS, OBJECT_TYPES } from './vocabulary.ts';

export interface RelationName {
  readonly schema?: string;
  readonly name: string;
}

/**
 * What a statement of a schema script does, and to which object. It is read from the statement, never from a
 * comment.
 */
export interface StatementTarget {
  /**
   * In upper case: `CREATE`, `ALTER`, `COMMENT`, `GRANT`, `REVOKE`, `SET`, `SELECT`, `REFRESH`, `SECURITY
   * LABEL`, …
   */
  readonly verb: string;
  /** In upper case: `TABLE`, `MATERIALIZED VIEW`, `FOREIGN DATA WRAPPER`, `DEFAULT PRIVILEGES`, … */
  readonly objectType?: string;
  /** Set for CREATE OR REPLACE. */
  readonly replaces?: true;
  readonly schema?: string;
  /**
   * Absent if the object has no name: a cast, a transform, a user mapping. The name of an operator is its
   * symbol.
   */
  readonly name?: string;
  /** The relation (or domain) that an index, trigger, rule, policy or constraint belongs to. */
  readonly on?: RelationName;
  readonly column?: string;
  /**
   * What an ALTER does: `OWNER TO`, `ADD CONSTRAINT`, `ATTACH PARTITION`, `ALTER COLUMN SET COMPRESSION`, …
   */
  readonly action?: string;
  /**
   * Roles that the statement names: new owner, grantees, FOR ROLE, a policy's TO, a mapping's user. Includes
   * `public`.
   */
  readonly roles: readonly string[];
  /** The language of a routine or a transform: `plpgsql`, `c`. */
  readonly language?: string;
  /** The shared library of a routine in C: `$libdir/hstore`. */
  readonly library?: string;
  /** The server of a foreign table or a user mapping. */
  readonly server?: string;
  /** The wrapper of a server. */
  readonly foreignDataWrapper?: string;
  /** The kind of type that a CREATE TYPE creates. */
  readonly typeKind?: 'base' | 'composite' | 'enum' | 'range' | 'shell';
  /** The value of a SET, or the new compression of a column; as written, without quotes. */
  readonly value?: string;
}

type Draft = { -readonly [Key in keyof StatementTarget]: StatementTarget[Key] } & { roles: string[] };

const LONG_VERBS: readonly string[] = ['SECURITY LABEL', 'IMPORT FOREIGN SCHEMA'];
const IF_EXISTS: readonly string[] = ['IF NOT EXISTS', 'IF EXISTS'];
const FOR_ROLE: readonly string[] = ['FOR ROLE', 'FOR USER'];
const GRANTS: readonly string[] = ['GRANT', 'REVOKE'];
const SCOPES: readonly string[] = ['LOCAL', 'SESSION'];
const BEFORE_OWNERS: readonly string[] = ['ONLY', 'DOMAIN'];

const targets = new WeakMap<Statement, StatementTarget>();

/** The target of a statement of a script, which is read only once. */
export function targetOf(statement: Statement): StatementTarget {
  let target = targets.get(statement);
  if (target === undefined) {
    target = statementTarget(statement.text);
    targets.set(statement, target);
  }
  return target;
}

/** What a statement does, and to which type of object. */
export type StatementHead = Pick<StatementTarget, 'verb' | 'objectType'>;

/** Types of one word with which no longer type begins. */
const PLAIN_TYPES = ['FUNCTION', 'INDEX', 'SCHEMA', 'SEQUENCE', 'TABLE', 'TRIGGER', 'TYPE', 'VIEW'] as const;
const PLAIN_HEADS: ReadonlyMap<string, StatementHead> = new Map(
  ['ALTER', 'CREATE'].flatMap((verb) =>
    PLAIN_TYPES.map((objectType) => [`${verb} ${objectType}`, { verb, objectType }]),
  ),
);

/**
 * The verb and the object type of {@link targetOf}. Most statements of a dump begin with two words that say
 * both, and the rest of such a statement is not read.
 */
export function headOf(statement: Statement): StatementHead {
  const { text } = statement;
  const plain = PLAIN_HEADS.get(text.slice(0, text.indexOf(' ', text.indexOf(' ') + 1)));
  return plain ?? targetOf(statement);
}

/** Recognises the statements that pg_dump writes. For other statements it gives at least the verb. */
export function statementTarget(statement: string): StatementTarget {
  const reader = TokenReader.of(statement);
  const verb = reader.readOneOf(LONG_VERBS) ?? wordOf(reader.peek()) ?? '';
  const target: Draft = { verb, roles: [] };
  if (verb !== 'SECURITY LABEL' && verb !== 'IMPORT FOREIGN SCHEMA') reader.skip();
  switch (verb) {
    case 'CREATE':
      readCreate(reader, target);
      break;
    case 'ALTER':
      readAlter(reader, target);
      break;
    case 'COMMENT':
    case 'SECURITY LABEL':
      if (reader.seekWord('ON')) reader.skip();
      readObject(reader, target);
      if (reader.readWords('ON')) readOn(reader, target);
      break;
    case 'GRANT':
    case 'REVOKE':
      readGrant(reader, target);
      break;
    case 'SET':
      readSet(reader, target);
      break;
    case 'DROP':
    case 'REFRESH':
      readObject(reader, target);
      break;
  }
  return target;
}

function readCreate(reader: TokenReader, target: Draft): void {
  for (let word = reader.readOneOf(CREATE_MODIFIERS); word; word = reader.readOneOf(CREATE_MODIFIERS)) {
    if (word === 'OR REPLACE') target.replaces = true;
  }
  const type = readObject(reader, target);
  switch (type) {
    case 'FUNCTION':
    case 'PROCEDURE':
      readRoutine(reader, target);
      break;
    case 'TYPE':
      target.typeKind = readTypeKind(reader);
      break;
    case 'TRANSFORM':
      if (reader.seekWord('LANGUAGE')) {
        reader.skip();
        assign(target, 'language', reader.readName());
      }
      break;
    case 'INDEX':
    case 'TRIGGER':
    case 'POLICY':
      readOnClause(reader, target, 'ON');
      if (type === 'POLICY' && reader.seekWord('TO')) {
        reader.skip();
        target.roles.push(...readRoles(reader));
      }
      break;
    case 'RULE':
      readOnClause(reader, target, 'TO');
      break;
    case 'SERVER':
      if (reader.seekWord('FOREIGN') && reader.readWords('FOREIGN DATA WRAPPER')) {
        assign(target, 'foreignDataWrapper', reader.readName());
      }
      break;
    case 'USER MAPPING':
      readMappedUser(reader, target);
      break;
    case 'FOREIGN TABLE':
      readServer(reader, target);
      break;
    case 'SCHEMA':
      if (reader.readWords('AUTHORIZATION')) target.roles.push(...readRoles(reader));
      break;
  }
}

function readAlter(reader: TokenReader, target: Draft): void {
  if (reader.readWords('DEFAULT PRIVILEGES')) {
    target.objectType = 'DEFAULT PRIVILEGES';
    if (reader.readOneOf(FOR_ROLE) !== undefined) target.roles.push(...readRoles(reader));
    if (reader.readWords('IN SCHEMA')) assign(target, 'schema', reader.readName());
    assign(target, 'action', reader.readOneOf(GRANTS));
    if (reader.seekWord('TO') || reader.seekWord('FROM')) {
      reader.skip();
      target.roles.push(...readRoles(reader));
    }
    return;
  }
  const type = readObject(reader, target);
  if (type === 'USER MAPPING') readMappedUser(reader, target);
  reader.skipParentheses();
  if (type === 'OPERATOR CLASS' || type === 'OPERATOR FAMILY') {
    if (reader.readWords('USING')) reader.readName();
  }
  if (reader.readWords('ALTER COLUMN')) {
    assign(target, 'column', reader.readName());
    const action = reader.readOneOf(COLUMN_ACTIONS);
    target.action = action === undefined ? 'ALTER COLUMN' : `ALTER COLUMN ${action}`;
    if (action === 'SET COMPRESSION' || action === 'SET STORAGE') assign(target, 'value', reader.readName());
    return;
  }
  assign(target, 'action', reader.readOneOf(ALTER_ACTIONS));
  if (target.action === 'OWNER TO') target.roles.push(...readRoles(reader));
}

/**
 * Reads object type and name. Casts, transforms and user mappings have no ordinary names: their readers go on
 * from here.
 */
function readObject(reader: TokenReader, target: Draft): string | undefined {
  const written = reader.readOneOf(OBJECT_TYPES);
  if (written === undefined) return undefined;
  const type =
    written === 'PROCEDURAL LANGUAGE' ? 'LANGUAGE' : written === 'FOREIGN SERVER' ? 'SERVER' : written;
  target.objectType = type;
  if (type === 'USER MAPPING' || type === 'CAST' || type === 'TRANSFORM') return type;
  if (type === 'LARGE OBJECT') {
    assign(target, 'name', reader.peek()?.text);
    reader.skip();
    return type;
  }
  reader.readWords('CONCURRENTLY');
  reader.readOneOf(IF_EXISTS);
  reader.readWords('ONLY');
  const parts = reader.readDottedName() ?? [];
  if (type === 'COLUMN') {
    assign(target, 'column', parts.pop());
  }
  assign(target, 'name', parts.pop());
  assign(target, 'schema', parts.pop());
  return type;
}

function readRoutine(reader: TokenReader, target: Draft): void {
  if (!reader.seekWord('LANGUAGE')) return;
  reader.skip();
  const language = reader.readName();
  assign(target, 'language', language);
  if (language === 'c' && reader.seekWord('AS')) {
    reader.skip();
    assign(target, 'library', reader.readString());
  }
}

function readTypeKind(reader: TokenReader): NonNullable<StatementTarget['typeKind']> {
  if (reader.readWords('AS ENUM')) return 'enum';
  if (reader.readWords('AS RANGE')) return 'range';
  if (reader.readWords('AS')) return 'composite';
  return reader.readPunctuation('(') ? 'base' : 'shell';
}

function readGrant(reader: TokenReader, target: Draft): void {
  if (reader.seekWord('ON')) {
    reader.skip();
    readObject(reader, target);
  }
  const introducer = target.verb === 'GRANT' ? 'TO' : 'FROM';
  if (reader.seekWord(introducer)) {
    reader.skip();
    target.roles.push(...readRoles(reader));
  }
}

function readSet(reader: TokenReader, target: Draft): void {
  const isAuthorization = reader.readWords('SESSION AUTHORIZATION');
  if (!isAuthorization) reader.readOneOf(SCOPES);
  assign(target, 'name', isAuthorization ? 'session_authorization' : reader.readDottedName()?.join('.'));
  if (reader.peek()?.text === '=' || wordOf(reader.peek()) === 'TO') reader.skip();
  assign(target, 'value', reader.readString() ?? reader.readName() ?? reader.peek()?.text);
}

function readMappedUser(reader: TokenReader, target: Draft): void {
  if (reader.readWords('FOR')) target.roles.push(...readRoles(reader));
  readServer(reader, target);
}

function readServer(reader: TokenReader, target: Draft): void {
  if (!reader.seekWord('SERVER')) return;
  reader.skip();
  assign(target, 'server', reader.readName());
}

function readOnClause(reader: TokenReader, target: Draft, introducer: 'ON' | 'TO'): void {
  if (!reader.seekWord(introducer)) return;
  reader.skip();
  readOn(reader, target);
}

function readOn(reader: TokenReader, target: Draft): void {
  reader.readOneOf(BEFORE_OWNERS);
  const parts = reader.readDottedName() ?? [];
  const name = parts.pop();
  const schema = parts.pop();
  if (name !== undefined) target.on = schema === undefined ? { name } : { schema, name };
}

function readRoles(reader: TokenReader): string[] {
  const roles: string[] = [];
  do {
    reader.readWords('GROUP');
    const role = reader.readName();
    if (role !== undefined) roles.push(role);
  } while (reader.readPunctuation(','));
  return roles;
}

/**
 * Assigns a property unless it is undefined: `exactOptionalPropertyTypes` does not allow a property set to
 * undefined.
 */
function assign<Key extends keyof Draft>(target: Draft, key: Key, value: Draft[Key] | undefined): void {
  if (value !== undefined) target[key] = value;
}
