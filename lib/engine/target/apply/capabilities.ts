import type { Target } from '../target.ts';

/** Features that not every PostgreSQL server has. They are queried from the target itself, not assumed. */
export interface TargetCapabilities {
  /** Names that CREATE EXTENSION finds. */
  readonly extensions: ReadonlySet<string>;
  /** Languages that exist, or that an extension or CREATE LANGUAGE can add. */
  readonly languages: ReadonlySet<string>;
  /**
   * Shared libraries in `$libdir`, by file name without extension. Undefined if unknown (a server shows them
   * to superusers only); then all are tried.
   */
  readonly libraries: ReadonlySet<string> | undefined;
  /** Compression methods of column values: `pglz`, `lz4`. */
  readonly compressions: ReadonlySet<string>;
  readonly tablespaces: ReadonlySet<string>;
  readonly tableAccessMethods: ReadonlySet<string>;
  /** Whether types of 8 bytes can be passed by value. A 32-bit server cannot do this. */
  readonly passesEightBytesByValue: boolean;
  /** Whether CREATE SUBSCRIPTION may be sent. After it, the embedded target can no longer load libraries. */
  readonly subscriptions: boolean;
  /**
   * Whether aggregates can have a SUPPORT function (new in 19). An older server warns and ignores the clause.
   */
  readonly aggregateSupport: boolean;
  /** Whether security labels may have a provider. */
  readonly securityLabels: boolean;
}

export async function readCapabilities(target: Target): Promise<TargetCapabilities> {
  const ask = async (query: string) => {
    const { rows } = await target.execute(`SELECT name FROM (${query}) AS answer (name)`);
    return new Set(rows.flatMap(({ name }) => (name == null ? [] : [name])));
  };
  const extensions = await ask('SELECT name FROM pg_catalog.pg_available_extensions');
  const languages = await ask('SELECT lanname FROM pg_catalog.pg_language');
  const [int8] = await ask(
    `SELECT typbyval FROM pg_catalog.pg_type WHERE oid = 'pg_catalog.int8'::pg_catalog.regtype`,
  );
  const isEmbedded = target.kind === 'embedded';
  return {
    extensions,
    languages: languages.union(extensions),
    libraries: isEmbedded ? await libraryNames(ask) : undefined,
    compressions: await ask(
      `SELECT pg_catalog.unnest(enumvals) FROM pg_catalog.pg_settings WHERE name = 'default_toast_compression'`,
    ),
    tablespaces: await ask('SELECT spcname FROM pg_catalog.pg_tablespace'),
    tableAccessMethods: await ask(`SELECT amname FROM pg_catalog.pg_am WHERE amtype = 't'`),
    passesEightBytesByValue: int8 === 't',
    subscriptions: !isEmbedded,
    aggregateSupport: target.serverMajor >= 19,
    securityLabels: !isEmbedded,
  };
}

async function libraryNames(ask: (query: string) => Promise<Set<string>>): Promise<Set<string>> {
  const files = await ask(
    `SELECT pg_catalog.pg_ls_dir(setting) FROM pg_catalog.pg_config WHERE name = 'PKGLIBDIR'`,
  );
  return new Set([...files].map((file) => file.replace(/\.(so|dylib|dll)$/, '')));
}
