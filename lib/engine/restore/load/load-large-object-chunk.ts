import { chunkId } from '../../archive/chunk-id.ts';
import { readChunk } from '../../archive/codec/decode.ts';
import type { Chunk } from '../../archive/manifest.ts';
import { loadLargeObjectChunk } from '../../rows/load-large-objects.ts';
import { statementTarget } from '../../sql-script/statement-target.ts';
import { splitStatements } from '../../sql-script/statements.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import type { RestoreRun } from '../apply/restore-run.ts';
import { stepOfChunk } from '../plan/chunk-steps.ts';
import { renameRoleInString } from '../plan/rename-role-in-string.ts';
import { renameRoles } from '../plan/rename-roles.ts';
import type { PlannedEntry, RestorePlan } from '../plan/restore-plan.ts';

/** What makes the large objects, empty, with owners, grants and comments: large-objects/metadata.sql, as entries. */
export function largeObjectEntries({
  backup,
  scope,
  largeObjects,
  intoExisting,
}: RestorePlan): PlannedEntry[] {
  if (!largeObjects) return [];
  const { noOwner, noPrivileges, mapRoles = {} } = scope;
  return splitStatements(backup.largeObjectMetadata).flatMap(({ text }, number): PlannedEntry[] => {
    const { verb } = statementTarget(text);
    const isBlock = /^DO\b/.test(text);
    if (noOwner && isBlock && text.includes(GIVES_OWNER)) return [];
    if (noPrivileges && (verb === 'GRANT' || verb === 'REVOKE')) return [];
    const made = isBlock ? renameRoleInString(text, GIVES_OWNER, mapRoles) : renameRoles(text, mapRoles);
    const header = { type: 'LARGE OBJECT', name: 'metadata', schema: undefined };
    return [
      {
        step: `large-objects:${number}`,
        section: 'pre-data',
        type: header.type,
        header,
        object: { kind: 'large objects', name: 'metadata' },
        role: 'own',
        settings: [],
        statements: [text],
        adapted: [...(intoExisting ? unlinkThose(text) : []), made],
      },
    ];
  });
}

/** In a DO block the owner is part of a string, as source/catalog/large-object-metadata.ts writes it. */
const GIVES_OWNER = "' OWNER TO ";

/** Objects of the target that have the numbers of those that a block makes. */
function unlinkThose(block: string): string[] {
  const oids = /lo_create\(made\.oid\) FROM unnest\('(\{[0-9,]+\})'::oid\[\]\)/.exec(block)?.[1];
  return oids === undefined
    ? []
    : [
        `SELECT pg_catalog.lo_unlink(m.oid) FROM pg_catalog.pg_largeobject_metadata m WHERE m.oid = ANY ('${oids}'::oid[])`,
      ];
}

/** Writes a chunk of contents into the objects, in a transaction with its mark. */
export async function loadContents(
  session: ServerTarget,
  chunk: Chunk,
  { store, ledger, sessions, clock }: Pick<RestoreRun, 'store' | 'ledger' | 'sessions' | 'clock'>,
): Promise<void> {
  await session.transaction(async () => {
    await clock.piece(chunkId(chunk), () =>
      loadLargeObjectChunk(session, clock.countChunk(chunk, readChunk(store, chunk, sessions.signal))),
    );
    for (const mark of ledger.mark([stepOfChunk(chunk)])) await session.execute(mark);
  });
}
