import { quoteLiteral } from '../../ground/sql.ts';
import { statementTarget } from '../../sql-script/statement-target.ts';
import { significantTokens, wordOf } from '../../sql-script/tokens.ts';
import { nameMentions } from '../archived/name-mentions.ts';
import type { DefaultGrants } from '../target/default-grants-there.ts';

/** pg_default_acl.defaclobjtype of what ALTER … OWNER TO names, and what GRANT calls it. */
const KINDS: Readonly<Record<string, readonly [objectType: string, word: string]>> = {
  TABLE: ['r', 'TABLE'],
  'FOREIGN TABLE': ['r', 'TABLE'],
  VIEW: ['r', 'TABLE'],
  'MATERIALIZED VIEW': ['r', 'TABLE'],
  SEQUENCE: ['S', 'SEQUENCE'],
  FUNCTION: ['f', 'FUNCTION'],
  AGGREGATE: ['f', 'FUNCTION'],
  PROCEDURE: ['f', 'PROCEDURE'],
  TYPE: ['T', 'TYPE'],
  DOMAIN: ['T', 'DOMAIN'],
  SCHEMA: ['n', 'SCHEMA'],
};
/** What everybody may do with a new object (PostgreSQL manual, "Privileges"). */
const EVERYBODY: Readonly<Record<string, string>> = { f: 'EXECUTE', T: 'USAGE' };

/**
 * Statements after which an object that was just created has no grants but those that PostgreSQL itself gives, as
 * pg_dump assumes: it writes only what differs. Without them the target's default privileges would open what is
 * restored to others. None if the target has no default privileges for such an object. `statements` are those of the
 * entry that creates it, with the owner.
 */
export function untouchedGrants(statements: readonly string[], defaults: DefaultGrants): string[] {
  if (defaults.size === 0) return [];
  const made = madeSequence(statements) ?? owned(statements);
  if (made === undefined) return [];
  const [type, word] = KINDS[made.objectType] ?? [];
  const grantees = type === undefined ? undefined : defaults.get(type);
  if (type === undefined || grantees === undefined) return [];
  const object = `${word} ${made.name}`;
  const everybody = EVERYBODY[type];
  return [
    `REVOKE ALL ON ${object} FROM ${['PUBLIC', ...grantees].join(', ')}`,
    made.isOfTable ? grantToOwner(made.name) : `GRANT ALL ON ${object} TO CURRENT_USER`,
    ...(everybody === undefined ? [] : [`GRANT ${everybody} ON ${object} TO PUBLIC`]),
  ];
}

interface Made {
  readonly objectType: string;
  /** As GRANT takes it. */
  readonly name: string;
  /** Its owner is that of a table, who need not be the role that restores. */
  readonly isOfTable?: true;
}

/** `ALTER FUNCTION app.total(o app.orders) OWNER TO …` names what the entry creates as GRANT takes it. */
function owned([create = '', ...others]: readonly string[]): Made | undefined {
  if (statementTarget(create).verb !== 'CREATE') return undefined;
  for (const text of others) {
    const { action, objectType } = statementTarget(text);
    if (action !== 'OWNER TO' || objectType === undefined) continue;
    const tokens = significantTokens(text);
    const first = tokens[1 + objectType.split(' ').length];
    const end = tokens.findLast((token, at) => wordOf(token) === 'OWNER' && wordOf(tokens[at + 1]) === 'TO');
    // GRANT does not take the arguments of an ordered-set aggregate.
    if (first === undefined || end === undefined || tokens.some((token) => wordOf(token) === 'ORDER'))
      return undefined;
    return { objectType, name: text.slice(first.start, end.start).trim() };
  }
  return undefined;
}

/** An identity column's sequence has its table's owner: `ALTER TABLE t ALTER COLUMN c ADD GENERATED … (SEQUENCE NAME s …)`. */
function madeSequence([text = '']: readonly string[]): Made | undefined {
  if (!/ ADD GENERATED (?:ALWAYS|BY DEFAULT) AS IDENTITY \(\s*SEQUENCE NAME /.test(text)) return undefined;
  const name = nameMentions(text).at(-1);
  return name && { objectType: 'SEQUENCE', name: name.key, isOfTable: true };
}

function grantToOwner(sequence: string): string {
  const owner = `SELECT pg_catalog.format('GRANT ALL ON SEQUENCE %s TO %I', c.oid::pg_catalog.regclass, pg_catalog.pg_get_userbyid(c.relowner))
    FROM pg_catalog.pg_class c WHERE c.oid = ${quoteLiteral(sequence)}::pg_catalog.regclass`;
  return `DO ${quoteLiteral(`BEGIN EXECUTE (${owner}); END`)}`;
}
