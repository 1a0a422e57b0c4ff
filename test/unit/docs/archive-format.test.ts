import { readFileSync } from 'node:fs';
import type * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import xxhash from 'xxhash-wasm';
import {
  ARCHIVE_FORMAT,
  formatManifest,
  manifestSchema,
  OBJECT_PURPOSES,
} from '../../../lib/engine/archive/manifest.ts';
import { RowDigest } from '../../../lib/engine/copy-text/row-digest.ts';
import { writeFixtureArchive } from '../../support/archive-fixture.ts';
import { MemoryStore } from '../../support/memory-store.ts';

const page = readFileSync(new URL('../../../docs/archive-format.md', import.meta.url), 'utf8');

/** First cells of the tables below each heading that names structures in code: structure → its fields. */
function documentedFields(): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  const sections = page.split(/^### /m).slice(1);
  for (const section of sections) {
    const [heading = '', ...lines] = (section.split(/^## /m)[0] ?? '').split('\n');
    const names = lines.flatMap((line) => /^\| `(\w+)` \|/.exec(line)?.[1] ?? []);
    for (const [, structure = ''] of heading.matchAll(/`([^`]+)`/g)) fields.set(structure, names);
  }
  return fields;
}

/** What a schema of the manifest consists of, whichever kind it is. */
type Schema = v.GenericSchema & {
  readonly wrapped?: Schema;
  readonly item?: Schema;
  readonly entries?: Readonly<Record<string, Schema>>;
};

/** The same of the schema, each structure by its path: `tables[].chunks[]`. */
function schemaFields(schema: Schema, path = '', found = new Map<string, string[]>()): Map<string, string[]> {
  if (schema.wrapped) return schemaFields(schema.wrapped, path, found);
  if (schema.item) return schemaFields(schema.item, `${path}[]`, found);
  if (schema.entries) {
    found.set(path || 'manifest', Object.keys(schema.entries));
    for (const [name, field] of Object.entries(schema.entries)) {
      schemaFields(field, path ? `${path}.${name}` : name, found);
    }
  }
  return found;
}

describe('docs/archive-format.md', () => {
  it('names every field of the manifest, and no other', () => {
    const sorted = (fields: Map<string, string[]>) =>
      Object.fromEntries([...fields].map(([name, names]) => [name, names.toSorted()]).sort());
    expect(sorted(documentedFields())).toEqual(sorted(schemaFields(manifestSchema)));
  });

  it('is of the format that is written', () => {
    expect(page).toContain(`It describes **format ${ARCHIVE_FORMAT}**`);
  });

  it('names every purpose', () => {
    const section = page.slice(
      page.indexOf('## Objects that are not chunks'),
      page.indexOf('## Large objects'),
    );
    const named = [...section.matchAll(/^\| `([a-z-]+)` \| `/gm)].map(([, purpose]) => purpose);
    expect(named.toSorted()).toEqual(OBJECT_PURPOSES.toSorted());
  });

  it('computes its example of a digest rightly', async () => {
    const { h64Raw } = await xxhash();
    const rows = [...page.matchAll(/^\| `(\d→[^`]+)` \| `([0-9a-f]{16})` \|$/gm)].map(
      ([, line = '', hash]) => ({
        line: line.replaceAll('→', '\t'),
        hash,
      }),
    );
    expect(rows).toHaveLength(3);
    for (const { line, hash } of rows) {
      expect(h64Raw(Buffer.from(line)).toString(16).padStart(16, '0')).toBe(hash);
    }
    const digest = new RowDigest();
    digest.update(Buffer.from(rows.map(({ line }) => `${line}\n`).join('')));
    const { rows: count, rawBytes, digest: sum } = digest.finish();
    expect(page).toContain(`So \`rows\` is ${count}, \`rawBytes\` ${rawBytes}, and \`digest\` \`${sum}\`.`);
  });

  it('says how a manifest ends', async () => {
    const { manifest } = await writeFixtureArchive(new MemoryStore());
    const [, ending = ''] = /```\n(,\\n "selfSha256".*)\n```/.exec(page) ?? [];
    const pattern = ending.replaceAll('\\n', '\n').replace('<hex>', '[0-9a-f]{64}');
    expect(formatManifest(manifest).toString('utf8')).toMatch(new RegExp(`${pattern}$`));
  });
});
