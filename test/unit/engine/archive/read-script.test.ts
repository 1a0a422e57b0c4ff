import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../../../lib/engine/archive/manifest.ts';
import { readScript } from '../../../../lib/engine/archive/read-script.ts';
import { unreadableWords } from '../../../../lib/engine/verify/unreadable-words.ts';
import { MemoryStore } from '../../../support/memory-store.ts';

/** As 0.1.0 sealed it first, of a server of 17. */
const BEFORE = `CREATE TABLE public.kid (
    NOT NULL note
)
INHERITS (public.base);
COMMENT ON TABLE public.kid IS '\xff';
`;

async function archived(script: string, versionNumber = 170010) {
  const bytes = Buffer.from(script, 'latin1');
  const store = new MemoryStore();
  await store.put('k', bytes);
  const object = {
    key: 'k',
    purpose: 'pre-data',
    sizeBytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
  return { store, manifest: { server: { versionNumber }, objects: [object] } as unknown as Manifest };
}

const { signal } = new AbortController();

describe('pre-data.sql of an archive that was sealed before', () => {
  it('is read as its own major reads it', async () => {
    const { store, manifest } = await archived(BEFORE);
    const script = await readScript(store, manifest, 'pre-data', signal);
    expect(script).toContain(
      'INHERITS (public.base);\nALTER TABLE ONLY public.kid ALTER COLUMN note SET NOT NULL;\nCOMMENT',
    );
    expect(script).not.toContain('NOT NULL note');
    expect(script).toContain(`'\udcff'`);
    const of18 = await archived(BEFORE, 180004);
    expect(await readScript(of18.store, of18.manifest, 'pre-data', signal)).toContain('NOT NULL note');
  });

  it('is told of by verify', () => {
    const preData = Buffer.from(BEFORE, 'latin1');
    const of = (versionNumber: number) => ({ server: { versionNumber } }) as Manifest;
    expect(unreadableWords({ preData }, of(170010))).toEqual([
      expect.stringContaining('pre-data.sql says NOT NULL as a table constraint (table public.kid)'),
    ]);
    expect(unreadableWords({ preData }, of(180004))).toEqual([]);
  });

  it('is refused with a statement that no pg_dump writes', async () => {
    const { store, manifest } = await archived(`${BEFORE}DROP TABLE public.kid;\n`);
    await expect(readScript(store, manifest, 'pre-data', signal)).rejects.toMatchObject({
      code: 'archive-foreign-statement',
      what: expect.stringMatching(
        /^Line \d+ of pre-data\.sql holds a statement that pg_dump does not write: DROP TABLE\.$/,
      ),
    });
  });
});
