import { mkdirSync, writeFileSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import zlib from 'node:zlib';

// Not by name: an older Node.js has no zstd, and could not even load the module to say so (bin/require-node.mjs).
const { constants, zstdCompress, zstdDecompress } = zlib;

/** The entry of a file or directory. */
interface PackedEntry {
  readonly path: string;
  readonly mode: number;
  /** Null for a directory. */
  readonly sizeBytes: number | null;
}

const LENGTH_BYTES = 4;
/** Much of a cluster is alike at greater distances than level 3 searches. */
const COMPRESSION = {
  params: {
    [constants.ZSTD_c_compressionLevel]: 3,
    [constants.ZSTD_c_checksumFlag]: 1,
    [constants.ZSTD_c_windowLog]: 25,
    [constants.ZSTD_c_enableLongDistanceMatching]: 1,
  },
};

/**
 * Packs a directory with all its content that is wanted, by paths within it. It is held in memory, so use this for some tens of
 * megabytes only.
 */
export async function packDirectory(
  root: string,
  isWanted: (path: string) => boolean = () => true,
): Promise<Buffer> {
  const found = await readdir(root, { recursive: true, withFileTypes: true });
  const wanted = found
    .map((entry) => ({ entry, path: join(entry.parentPath, entry.name).slice(root.length + 1) }))
    .filter(({ path }) => isWanted(path));
  const files = await Promise.all(
    wanted.map(async ({ entry, path }) => {
      const { mode } = await stat(join(root, path));
      const content = entry.isDirectory() ? undefined : await readFile(join(root, path));
      return { path, mode: mode & 0o777, content };
    }),
  );
  // A directory must come before its content.
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const listing: PackedEntry[] = files.map(({ path, mode, content }) => ({
    path,
    mode,
    sizeBytes: content?.length ?? null,
  }));
  const header = Buffer.from(JSON.stringify(listing));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(header.length);
  const whole = Buffer.concat([length, header, ...files.flatMap(({ content }) => content ?? [])]);
  return await promisify(zstdCompress)(whole, COMPRESSION);
}

/**
 * Unpacks into an existing, empty directory. Throws if the bytes are not those that were packed. The thread does nothing else meanwhile:
 * to have other threads write hundreds of small files takes several times as long.
 */
export async function unpackDirectory(packed: Uint8Array, root: string): Promise<void> {
  const whole = await promisify(zstdDecompress)(packed);
  let at = LENGTH_BYTES + whole.readUInt32LE();
  // The frame's checksum proves that these are the bytes that were packed.
  const listing = JSON.parse(whole.toString('utf8', LENGTH_BYTES, at)) as PackedEntry[];
  for (const { path, mode, sizeBytes } of listing) {
    if (sizeBytes === null) mkdirSync(join(root, path), { mode });
    else writeFileSync(join(root, path), whole.subarray(at, at + sizeBytes), { mode });
    at += sizeBytes ?? 0;
  }
}
