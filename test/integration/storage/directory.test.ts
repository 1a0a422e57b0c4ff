import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDirectoryStore } from '../../../lib/engine/storage/directory.ts';
import { TEMPORARY_FOLDER } from '../../../lib/engine/storage/directory-write.ts';
import { describeConformance } from './conformance.ts';

describeConformance('directory', async () => {
  const path = await mkdtemp(join(tmpdir(), 'lifeboat vault %+ü-'));
  return {
    open: () => openDirectoryStore(path),
    leftovers: async () => (await readdir(join(path, TEMPORARY_FOLDER)).catch(() => [])).length,
    remove: () => rm(path, { recursive: true }),
  };
});
