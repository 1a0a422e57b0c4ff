import { LEDGER_SCHEMA, OWN_SCHEMAS } from '../../catalog/own-schemas.ts';
import { quoteIdentifier } from '../../ground/sql.ts';
import { IS_RUNNING } from '../../restore/target/lock-database.ts';
import { Findings } from '../finding.ts';
import type { SourceCheck } from './source-context.ts';

/** Whether a restore into the source was cut, or has left what it loaded. Backups leave that out. */
export const unfinishedRestore: SourceCheck = {
  name: 'unfinished-restore',
  async run({ query }) {
    const findings = new Findings('source', 'unfinished-restore');
    const schemas = (await query(OWN_SCHEMAS)).map(({ name }) => String(name));
    if (schemas.length === 0) return findings.ok('No restore into the source is unfinished.');
    const names = schemas.join(', ');
    const [lock] = await query(IS_RUNNING);
    if (lock?.running === true || lock?.running === 't')
      return findings.ok(`A restore into the source is running. Backups leave out its schemas: ${names}.`);
    const drop = `\`DROP SCHEMA ${schemas.map(quoteIdentifier).join(', ')} CASCADE;\``;
    return schemas.includes(LEDGER_SCHEMA)
      ? findings.warning(
          `A restore into the source began and has not ended. Tables that it had begun to fill may not be complete. Backups leave out its schemas: ${names}.`,
          `Continue it with \`lifeboat restore --resume\`. To give it up, after you have looked at the tables: ${drop}`,
        )
      : findings.warning(
          `A restore that was given up has left what it loaded: ${names}. Nothing uses it, and backups leave it out.`,
          `Remove it: ${drop}`,
        );
  },
};
