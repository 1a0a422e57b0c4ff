import { quoteLiteral } from '../../ground/sql.ts';
import type { JudgementContext } from '../check.ts';
import { type Judgement, worstOf } from '../finding.ts';
import type { KeylessTable, UnindexedKey, UnindexedKeys } from '../measures/keys.ts';
import type { CallingPolicy, UnguardedTable } from '../measures/row-security.ts';
import { countOf, examplesOf, namesOf, statementsFor } from '../words.ts';

export function judgePrimaryKeys(
  tables: readonly KeylessTable[],
  { severityOf }: JudgementContext,
): Judgement {
  const value = tables.length;
  if (value === 0) return { severity: 'ok', value, what: 'Every table has a primary key.' };
  return {
    severity: worstOf(['info', severityOf(value)]),
    value,
    what: `${countOf(value, 'table has', 'tables have')} no primary key: ${namesOf(tables.map(({ name }) => name))}.`,
    meaning:
      'Equal rows cannot be told apart: logical replication cannot update them, and `lifeboat diff` and `restore --rows` cannot match them.',
    remedy: 'Make a column that has a unique value the key, or add one.',
    statements: statementsFor(tables, keyFor),
    ...examplesOf(tables, ({ name }) => name),
  };
}

function keyFor({ name, uniqueColumns, newColumn }: KeylessTable): readonly string[] {
  if (uniqueColumns !== null) return [`ALTER TABLE ${name} ADD PRIMARY KEY (${uniqueColumns.join(', ')});`];
  if (newColumn === null)
    return [`ALTER TABLE ${name} ADD PRIMARY KEY (<columns that tell its rows apart>);`];
  return [`ALTER TABLE ${name} ADD COLUMN ${newColumn} bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;`];
}

export function judgeForeignKeys(
  { total: value, largest }: UnindexedKeys,
  { severityOf }: JudgementContext,
): Judgement {
  if (value === 0) return { severity: 'ok', value, what: 'Every foreign key has an index.' };
  return {
    severity: worstOf(['info', severityOf(value)]),
    value,
    what: `${countOf(value, 'foreign key has', 'foreign keys have')} no index: ${namesOf(largest.map(described), value)}.`,
    meaning:
      'Each DELETE, and each UPDATE of the key, in the table that is referred to reads the whole table that refers to it.',
    remedy: 'Create an index, largest table first. For a table that is small and stays so it is not needed.',
    statements: statementsFor(largest, ({ table, columns, isPartitioned }) => [
      // CONCURRENTLY is refused for a partitioned table: manual, CREATE INDEX.
      `CREATE INDEX ${isPartitioned ? '' : 'CONCURRENTLY '}ON ${table} (${columns.join(', ')});`,
    ]),
    ...examplesOf(largest, described),
    count: value,
  };
}

function described({ table, columns }: UnindexedKey): string {
  return `${table} (${columns.join(', ')})`;
}

export function judgeRowSecurity(
  tables: readonly UnguardedTable[],
  { server, severityOf }: JudgementContext,
): Judgement {
  const value = tables.length;
  const schemas = server.apiSchemas.join(', ');
  if (value === 0 || severityOf(value) === 'ok') {
    return {
      severity: 'ok',
      value,
      what: `${countOf(value, 'table that an API serves has', 'tables that an API serves have')} no row security (${schemas}).`,
    };
  }
  const isOpen = tables.some(({ roles }) => roles !== null);
  return {
    // Without a role of the usual names, nobody can say from here whether the API may read them.
    severity: isOpen ? severityOf(value) : 'warning',
    value,
    what: `${countOf(value, 'table has', 'tables have')} no row security in schemas that an API serves (${schemas}): ${namesOf(tables.map(({ name }) => name))}.`,
    meaning: isOpen
      ? `Whoever has the address of the API may use every row of them: ${[...new Set(tables.flatMap(({ roles }) => roles ?? []))].join(' and ')} may.`
      : 'If the role of the API has privileges on them, it may use every row.',
    remedy:
      'Enable row security, which hides every row until a policy shows it: write the policies in the same transaction. Or revoke the privileges, or move the table to another schema.',
    statements: statementsFor(tables, ({ name, roles, isPublic }) => [
      `ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY;`,
      ...(roles === null
        ? []
        : [`REVOKE ALL ON ${name} FROM ${[...(isPublic ? ['PUBLIC'] : []), ...roles].join(', ')};`]),
    ]),
    ...examplesOf(tables, ({ name }) => name),
  };
}

export function judgePolicyCalls(
  policies: readonly CallingPolicy[],
  { severityOf }: JudgementContext,
): Judgement {
  const value = policies.length;
  const severity = severityOf(value);
  if (severity === 'ok') {
    return {
      severity,
      value,
      what: `${countOf(value, 'policy calls', 'policies call')} a function for each row.`,
    };
  }
  const functions = [...new Set(policies.flatMap(({ functions: called }) => called))];
  return {
    severity,
    value,
    what: `${countOf(value, 'policy calls', 'policies call')} a function for each row (${namesOf(functions)}): ${namesOf(policies.map(({ table, policy }) => `${policy} on ${table}`))}.`,
    meaning: 'A query of a table with a million rows calls it a million times.',
    remedy: `Write \`(SELECT ${functions[0]}(…))\` in the policy: the server then calls it once for each query.`,
    statements: statementsFor(policies, ({ table, policy, functions: called }) => [
      `SELECT qual, with_check FROM pg_policies WHERE format('%I.%I', schemaname, tablename) = ${quoteLiteral(table)};`,
      `ALTER POLICY ${policy} ON ${table} USING (<condition with (SELECT ${called[0]}(…))>);`,
    ]),
    ...examplesOf(policies, ({ table, policy }) => `${policy} on ${table}`),
  };
}
