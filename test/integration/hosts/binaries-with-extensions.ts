import { chmodSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { npmBinaries, type ServerMajor } from '../../support/postgres-server.ts';

/** An extension in SQL alone, which stands for a host's of the same name. */
export interface FakeExtension {
  /** Of the control file, besides the version. */
  readonly control?: string;
  readonly sql: string;
}

export interface Binaries {
  readonly binDirectory: string;
  remove(): void;
}

/** A copy of a server's binaries to which extensions were added. */
export function binariesWithExtensions(
  major: ServerMajor,
  extensions: Readonly<Record<string, FakeExtension>>,
): Binaries {
  const bin = npmBinaries(major);
  if (!bin) throw new Error(`no PostgreSQL ${major} on npm for this platform`);
  const directory = mkdtempSync(join(tmpdir(), 'lifeboat-host-'));
  chmodSync(directory, 0o755);
  const copy = join(directory, 'native');
  cpSync(dirname(bin), copy, { recursive: true, verbatimSymlinks: true });
  const folder = join(copy, 'share', 'postgresql', 'extension');
  for (const [name, { control = '', sql }] of Object.entries(extensions)) {
    writeFileSync(join(folder, `${name}.control`), `default_version = '1.0'\n${control}\n`);
    writeFileSync(join(folder, `${name}--1.0.sql`), sql);
  }
  return {
    binDirectory: join(copy, 'bin'),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
