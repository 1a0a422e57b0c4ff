import { unreadableRelations } from '../../catalog/tables.ts';
import { Findings } from '../finding.ts';
import type { SourceCheck } from './source-context.ts';

const NAMED = 5;
/** The first major that has the role pg_read_all_data. */
const FIRST_WITH_READ_ALL = 14;

export const readableTables: SourceCheck = {
  name: 'readable-tables',
  async run({ query, omissions, session }) {
    const findings = new Findings('source', 'readable-tables');
    const unreadable = await unreadableRelations(query, omissions);
    const [role] = await query('SELECT pg_catalog.quote_ident(CURRENT_USER) AS name');
    const name = String(role?.name);
    const forbidden = unreadable.filter(({ why }) => why === 'privilege');
    const hidden = unreadable.filter(({ why }) => why === 'row-security');
    return [
      ...(forbidden.length === 0
        ? [findings.ok(`${name} may read every table.`)]
        : [
            findings.problem(
              `${name} may not read ${listed(forbidden)}. A backup needs to read every table.`,
              session.major >= FIRST_WITH_READ_ALL
                ? `Run \`GRANT pg_read_all_data TO ${name};\` as a superuser or the host's admin role.`
                : `Run ${grants(forbidden, name)} as their owner.`,
            ),
          ]),
      ...(hidden.length === 0
        ? []
        : [
            findings.problem(
              `Row-level security hides rows of ${listed(hidden)} from ${name}.`,
              `Run \`ALTER ROLE ${name} BYPASSRLS;\` as a superuser or the host's admin role, or back up as their owner.`,
            ),
          ]),
    ];
  },
};

/** Grants on whole schemas: a role that may not read one table may not read the next one either. */
function grants(relations: ReadonlyArray<{ readonly name: string }>, role: string): string {
  const schemas = [...new Set(relations.map(({ name }) => schemaOf(name)))].join(', ');
  return `\`GRANT USAGE ON SCHEMA ${schemas} TO ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA ${schemas} TO ${role};\``;
}

/** The schema of `schema.table` as `format('%I.%I')` writes it, which quotes a name that has a dot. */
function schemaOf(name: string): string {
  return /^(?:"(?:[^"]|"")*"|[^".]+)/.exec(name)?.[0] ?? name;
}

function listed(relations: ReadonlyArray<{ readonly name: string }>): string {
  const names = relations.slice(0, NAMED).map(({ name }) => name);
  const more = relations.length > NAMED ? ` and ${relations.length - NAMED} more` : '';
  return `${names.join(', ')}${more}`;
}
