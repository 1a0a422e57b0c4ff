import { connect, type Session } from '../../connection/connect.ts';
import type { ConnectionSettings } from '../../connection/connection-settings.ts';
import { LifeboatError } from '../../ground/errors.ts';
import { quoteLiteral } from '../../ground/sql.ts';
import { FUNCTIONS_SCHEMA, FUNCTIONS_VERSION } from './function-sql.ts';
import { installSql, MARK, removeSql, USUAL_ROLE } from './migration.ts';

export interface Installed {
  readonly schema: string;
  /** Null: not there. */
  readonly versionBefore: number | null;
  readonly version: number | null;
  /** Who may call the functions, beside their owner. */
  readonly roles: readonly string[];
}

interface Request {
  readonly source: ConnectionSettings;
  readonly signal: AbortSignal;
}

/**
 * Makes or renews the SQL functions. `roles`: who may call them (default: who may now, or pg_monitor). Throws
 * `health-functions-refused` with what the server says; then nothing is changed.
 */
export async function installFunctions(
  request: Request & { readonly roles: readonly string[] },
): Promise<Installed> {
  return await inSession(request, 'install', async (session) => {
    const before = await present(session);
    const now = before?.roles.length ? before.roles : [USUAL_ROLE];
    const roles = request.roles.length > 0 ? request.roles : now;
    await session.client.query(installSql(roles));
    return {
      schema: FUNCTIONS_SCHEMA,
      versionBefore: before?.version ?? null,
      version: FUNCTIONS_VERSION,
      roles,
    };
  });
}

/** Removes them. It is no error if there are none. */
export async function removeFunctions(request: Request): Promise<Installed> {
  return await inSession(request, 'remove', async (session) => {
    const before = await present(session);
    await session.client.query(removeSql());
    return { schema: FUNCTIONS_SCHEMA, versionBefore: before?.version ?? null, version: null, roles: [] };
  });
}

async function present({ client }: Session) {
  const { rows } = await client.query<{ comment: string | null; roles: string[] | null }>(`
    SELECT pg_catalog.obj_description(n.oid, 'pg_namespace') AS comment,
           (SELECT pg_catalog.json_agg(DISTINCT pg_catalog.pg_get_userbyid(a.grantee)) FROM pg_catalog.aclexplode(n.nspacl) a
             WHERE a.grantee NOT IN (0, n.nspowner)) AS roles
      FROM pg_catalog.pg_namespace n WHERE n.nspname = ${quoteLiteral(FUNCTIONS_SCHEMA)}`);
  const [found] = rows;
  if (!found?.comment?.startsWith(MARK)) return undefined;
  return { version: Number(found.comment.slice(MARK.length)), roles: found.roles ?? [] };
}

async function inSession<Result>(
  { source, signal }: Request,
  verb: 'install' | 'remove',
  use: (session: Session) => Promise<Result>,
): Promise<Result> {
  const session = await connect(source, { signal });
  try {
    return await use(session);
  } catch (error) {
    const failure = session.failure(error, `To ${verb} the health functions`);
    const { message, hint, code } = error as { message?: string; hint?: string; code?: string };
    if (code === undefined || !/^[0-9A-Z]{5}$/.test(code) || /^(08|57)/.test(code)) throw failure;
    throw new LifeboatError({
      code: 'health-functions-refused',
      kind: 'source',
      what: `The server refused to ${verb} the health functions: ${message} (SQLSTATE ${code}).`,
      meaning: 'It was one transaction: nothing was changed.',
      remedy: hint ?? REMEDIES[verb],
      cause: error,
    });
  } finally {
    await session.end();
  }
}

const REMEDIES = {
  install:
    'The role needs CREATE on the database (GRANT CREATE ON DATABASE … TO …), or must own the functions that are there.',
  remove: 'Drop first what uses them; only the role that owns them, or a member of it, can remove them.',
};
