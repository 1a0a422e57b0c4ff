import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { backupPrefix, manifestKey } from '../../../../lib/engine/archive/keys.ts';
import { formatManifest, type Manifest, parseManifest } from '../../../../lib/engine/archive/manifest.ts';
import { readManifest } from '../../../../lib/engine/archive/read-manifest.ts';
import { findAnchor } from '../../../../lib/engine/keep/find-anchors.ts';
import { openDirectoryStore } from '../../../../lib/engine/storage/directory.ts';
import { lookAtSource } from '../../../../lib/engine/watch/look-at-source.ts';
import { FIXTURE_ATTEMPT, FIXTURE_PLACE, writeFixtureArchive } from '../../../support/archive-fixture.ts';
import { MemoryStore } from '../../../support/memory-store.ts';
import { lifeboat } from '../../cli/command-line.ts';
import { DatedVault } from '../watch/dated-vault.ts';

const KEY = manifestKey(FIXTURE_PLACE);
const OWN = backupPrefix(FIXTURE_PLACE);
const OTHER = 'daily/shop/20261119T020000Z/';

/** Moves every key of a manifest with `move`, which gets the key below its attempt. */
function withKeys(manifest: Manifest, move: (key: string) => string): Manifest {
  const moved = <T extends { readonly key: string }>(objects: readonly T[]) =>
    objects.map((one) => ({ ...one, key: move(one.key) }));
  return {
    ...manifest,
    objects: moved(manifest.objects),
    tables: manifest.tables.map((table) => ({ ...table, chunks: moved(table.chunks) })),
    largeObjects: { ...manifest.largeObjects, chunks: moved(manifest.largeObjects.chunks) },
  };
}

let store: MemoryStore;
let manifest: Manifest;
beforeEach(async () => {
  store = new MemoryStore();
  ({ manifest } = await writeFixtureArchive(store));
});

describe('a manifest is refused', () => {
  const FAULTS: ReadonlyArray<readonly [string, string, (manifest: Manifest) => Manifest]> = [
    ['of another class', 'weekly/shop/', (one) => ({ ...one, retentionClass: 'weekly' })],
    ['of another source', 'daily/blog/', (one) => ({ ...one, source: 'blog' })],
    ['of another id', '20261119T020000Z', (one) => ({ ...one, backupId: '20261119T020000Z' })],
    ['with the objects of another backup', OTHER, (one) => withKeys(one, (key) => key.replace(OWN, OTHER))],
    [
      'with the objects of another attempt',
      `${OWN}aaaaaaaa/`,
      (one) => withKeys(one, (key) => key.replace(FIXTURE_ATTEMPT, 'aaaaaaaa')),
    ],
    [
      'with a key that climbs',
      '/../',
      (one) => withKeys(one, (key) => key.replace(FIXTURE_ATTEMPT, `${FIXTURE_ATTEMPT}/../aaaaaaaa`)),
    ],
    ['with an attempt that is a path', '"../x"', (one) => ({ ...one, attempt: '../x' })],
  ];

  it.each(FAULTS)('%s', async (_, named, fault) => {
    store.objects.set(KEY, formatManifest(fault(manifest)));
    const refused = readManifest(store, FIXTURE_PLACE);
    await expect(refused).rejects.toMatchObject({ code: 'manifest-misplaced', kind: 'verification' });
    await expect(refused).rejects.toThrow(named);
  });

  it('if one chunk alone is not its own', async () => {
    const [first] = manifest.tables[0]?.chunks ?? [];
    const key = first?.key.replace(OWN, OTHER) ?? '';
    store.objects.set(KEY, formatManifest(withKeys(manifest, (one) => (one === first?.key ? key : one))));
    await expect(readManifest(store, FIXTURE_PLACE)).rejects.toThrow(
      `${key}, which is not in this backup's own folder, ${OWN}${FIXTURE_ATTEMPT}/.`,
    );
  });
});

describe('a backup whose manifest names the objects of another', () => {
  let directory: string;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'lifeboat-forged-'));
    await writeFixtureArchive(openDirectoryStore(directory));
    const file = join(directory, KEY);
    const forged = withKeys(parseManifest(readFileSync(file), KEY), (key) => key.replace(OWN, OTHER));
    await writeFixtureArchive(openDirectoryStore(directory), {
      place: { ...FIXTURE_PLACE, backupId: '20261119T020000Z' },
    });
    writeFileSync(file, formatManifest(forged));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it.each([
    ['show', FIXTURE_PLACE.backupId],
    ['show', 'latest'],
    ['verify', FIXTURE_PLACE.backupId],
    ['drill', FIXTURE_PLACE.backupId],
    ['query', FIXTURE_PLACE.backupId, 'SELECT 1'],
    ['restore', FIXTURE_PLACE.backupId, '--target', 'postgres://u@127.0.0.1:1/x', '--unproven', '--yes', 'x'],
  ])('is refused by %s %s', async (...argv) => {
    const { exitCode, stdout, stderr } = await lifeboat([...argv, '--vault', directory]);
    expect(`${stdout}${stderr}`).toMatch(/manifest-misplaced|damaged/);
    expect(`${stdout}${stderr}`.replaceAll(/\s+/g, ' ')).toContain("is not in this backup's own folder");
    expect(exitCode).toBe(5);
  });

  it('is a damaged line of the list', async () => {
    const { stdout } = await lifeboat(['list', '--json', '--vault', directory]);
    const [first] = JSON.parse(stdout).backups;
    expect(first).toMatchObject({ problemCode: 'manifest-misplaced', proven: false, rows: null });
  });

  it('counts neither for the sentinel nor for the keeper, proven or not', async () => {
    const vault = new DatedVault();
    const at = (hour: number) => new Date(Date.UTC(2026, 10, 20, hour));
    const good = vault.seal({ slot: at(1) });
    const bad = vault.seal({ slot: at(2) });
    vault.prove(good);
    const sealed = parseManifest(vault.objects.get(manifestKey(bad)) ?? Buffer.alloc(0), 'it');
    const forged = withKeys(sealed, (key) => key.replace(backupPrefix(bad), backupPrefix(good)));
    vault.write(manifestKey(bad), formatManifest(forged), at(2));
    vault.prove(bad);
    const look = { store: vault, source: 'shop', now: at(3), backupsDueSince: at(0), drillsDueSince: at(0) };
    expect(await lookAtSource(look)).toMatchObject({
      newestFull: good,
      newestProven: good,
      problems: [expect.stringContaining("not in this backup's own folder")],
    });
    const backups = [bad, good].map((place) => ({ place, sealedAt: at(2), hasProof: true, attempts: [] }));
    for (const isUndrilled of [true, false]) {
      expect(await findAnchor({ store: vault, backups, isUndrilled, options: {} })).toMatchObject({
        place: good,
      });
    }
  });
});
