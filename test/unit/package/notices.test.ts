import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeNotices } from '../../../lib/package/notices.ts';

const ROOT = join(import.meta.dirname, '../../..');

it('the notices have the text of a licence that is only in a README', () => {
  const directory = mkdtempSync(join(tmpdir(), 'lifeboat-notices-'));
  const file = join(directory, 'notices.txt');
  const packages = ['pg', 'pg-copy-streams', 'pg-types', 'pgpass'];
  try {
    writeNotices(
      ROOT,
      file,
      packages.map((name) => `node_modules/${name}/index.js`),
    );
    const notices = readFileSync(file, 'utf8').split('-'.repeat(80)).slice(1, -1);
    expect(notices).toHaveLength(packages.length);
    for (const notice of notices) {
      expect(notice).toMatch(/Copyright \(c\)/);
      expect(notice).toMatch(/WITHOUT WARRANTY OF ANY KIND/);
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
