import { unreadableRelations } from '../../source/catalog/tables.ts';
import { Findings } from '../finding.ts';
import type { SourceCheck } from './source-context.ts';

const NAMED = 5;

export const readableTables: SourceCheck = {
  name: 'readable-tables',
  async run({ query, omissions }) {
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
              `${name} may not read ${listed(forbidden)}: no backup is made without them.`,
              `GRANT pg_read_all_data TO ${name} (14 and later), or GRANT SELECT on these and USAGE on their schemas.`,
            ),
          ]),
      ...(hidden.length === 0
        ? []
        : [
            findings.problem(
              `Row-level security hides rows of ${listed(hidden)} from ${name}.`,
              `As a superuser or the host's admin role: ALTER ROLE ${name} BYPASSRLS; or back up as the owner.`,
            ),
          ]),
    ];
  },
};

function listed(relations: ReadonlyArray<{ readonly name: string }>): string {
  const names = relations.slice(0, NAMED).map(({ name }) => name);
  const more = relations.length > NAMED ? ` and ${relations.length - NAMED} more` : '';
  return `${names.join(', ')}${more}`;
}
