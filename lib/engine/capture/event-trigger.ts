import type pg from 'pg';
import { quoteIdentifier } from '../ground/sql.ts';
import { DDL_PREFIX, DDL_SCHEMA } from './names.ts';

/**
 * Puts a message into the transaction of each schema change, so that its place in the stream is known. It never makes a
 * statement fail. Before the slot, because the trigger itself changes the schema.
 */
export async function createEventTrigger(client: pg.Client, name: string): Promise<void> {
  const schema = quoteIdentifier(DDL_SCHEMA);
  await client.query(`
    CREATE SCHEMA IF NOT EXISTS ${schema};
    CREATE OR REPLACE FUNCTION ${schema}.note_ddl() RETURNS event_trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $note$
    BEGIN
      PERFORM pg_catalog.pg_logical_emit_message(true, '${DDL_PREFIX}', TG_TAG);
    EXCEPTION WHEN OTHERS THEN NULL;
    END $note$;
    DROP EVENT TRIGGER IF EXISTS ${quoteIdentifier(`${name}_ddl`)};
    DROP EVENT TRIGGER IF EXISTS ${quoteIdentifier(`${name}_drop`)};
    CREATE EVENT TRIGGER ${quoteIdentifier(`${name}_ddl`)} ON ddl_command_end EXECUTE FUNCTION ${schema}.note_ddl();
    CREATE EVENT TRIGGER ${quoteIdentifier(`${name}_drop`)} ON sql_drop EXECUTE FUNCTION ${schema}.note_ddl()`);
}

export async function dropEventTrigger(client: pg.Client, name: string): Promise<void> {
  await client.query(`DROP EVENT TRIGGER IF EXISTS ${quoteIdentifier(`${name}_ddl`)}`);
  await client.query(`DROP EVENT TRIGGER IF EXISTS ${quoteIdentifier(`${name}_drop`)}`);
  const { rows } = await client.query(`
    SELECT FROM pg_catalog.pg_event_trigger t JOIN pg_catalog.pg_proc f ON f.oid = t.evtfoid
      JOIN pg_catalog.pg_namespace n ON n.oid = f.pronamespace WHERE n.nspname = '${DDL_SCHEMA}'`);
  // Another source of this database still uses the function.
  if (rows.length > 0) return;
  await client.query(`DROP FUNCTION IF EXISTS ${quoteIdentifier(DDL_SCHEMA)}.note_ddl()`);
  await client.query(`DROP SCHEMA IF EXISTS ${quoteIdentifier(DDL_SCHEMA)}`);
}
