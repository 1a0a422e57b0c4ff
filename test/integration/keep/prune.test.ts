import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type BackupPlace,
  backupPrefix,
  manifestKey,
  manualBackupId,
  proofKey,
  rowsCopyKey,
} from '../../../lib/engine/archive/keys.ts';
import { writeHoldRecord } from '../../../lib/engine/keep/hold-record.ts';
import { type PruneRequest, previewPrune, prune } from '../../../lib/engine/keep/prune/prune.ts';
import { intercept } from '../../support/intercepted-store.ts';
import { lifeboat } from '../../unit/cli/command-line.ts';
import { AgedVault, DAY_MS } from './prune-vault.ts';

const DAYS = { daily: 7, weekly: 28, monthly: 365, manual: 30 };

let vault: AgedVault;
beforeEach(() => {
  vault = new AgedVault();
});
afterEach(() => vault.remove());

const request = (changes: Partial<PruneRequest> = {}): PruneRequest => ({
  ...{ store: vault.store, days: DAYS, undrilled: false, now: new Date(), options: {} },
  ...changes,
});

/** What becomes of each folder: its reason, or `goes`. */
async function verdicts(changes: Partial<PruneRequest> = {}): Promise<Record<string, string>> {
  const plan = await previewPrune(request(changes));
  return Object.fromEntries(plan.verdicts.map(({ place, reason }) => [place.backupId, reason ?? 'goes']));
}

describe('what goes', () => {
  it('is older than its class keeps, while something newer is proven; nothing is deleted to find out', async () => {
    const old = await vault.backup(9, { proven: true });
    const monthly = await vault.backup(8.5, { retentionClass: 'monthly' });
    const young = await vault.backup(3);
    const newest = await vault.backup(2, { proven: true });
    const unproven = await vault.backup(1);
    expect(await verdicts()).toEqual({
      [unproven.backupId]: 'nothing-newer',
      [newest.backupId]: 'newest',
      [young.backupId]: 'young',
      [monthly.backupId]: 'young',
      [old.backupId]: 'goes',
    });
    expect(await vault.wholeBackups()).toHaveLength(5);
    const { removed, failures } = await prune(request());
    expect(removed.map(({ verdict }) => verdict.place)).toEqual([old]);
    expect(failures).toEqual([]);
    expect(existsSync(vault.pathOf(old))).toBe(false);
    expect(await vault.wholeBackups()).toHaveLength(4);
  });

  it.each([
    ['nothing newer is proven', {}],
    ['what is newer holds a part', { proven: true, scope: 'partial' }],
    ['what is newer is of another source', { proven: true, source: 'blog' }],
  ] as const)('is nothing while %s', async (_, newer) => {
    const old = await vault.backup(400, { proven: true });
    await vault.backup(399);
    await vault.backup(1, newer);
    expect((await prune(request())).removed).toEqual([]);
    expect(await vault.wholeBackups()).toContain(old.backupId);
  });

  it('is nothing because of a newer backup that lacks an object, or whose proof is of another', async () => {
    await vault.backup(20, { proven: true });
    const newer = await vault.backup(2, { proven: true });
    const [chunk = ''] = vault.filesOf(newer).filter((path) => path.includes('/data/'));
    const content = readFileSync(chunk);
    rmSync(chunk);
    const plan = await previewPrune(request());
    expect(plan.problems).toEqual([expect.stringContaining('does not count as a backup: it lacks')]);
    expect(plan.verdicts.filter(({ goes }) => goes)).toEqual([]);
    writeFileSync(chunk, content);
    expect(Object.values(await verdicts())).toEqual(['newest', 'goes']);
    writeFileSync(join(vault.directory, proofKey(newer)), '{}');
    expect(Object.values(await verdicts())).toEqual(['nothing-newer', 'newest']);
  });

  it('is what a sealed backup is newer than, if somebody says that nobody drills', async () => {
    await vault.backup(20);
    await vault.backup(1);
    expect(Object.values(await verdicts())).toEqual(['nothing-newer', 'nothing-newer']);
    expect(Object.values(await verdicts({ undrilled: true }))).toEqual(['newest', 'goes']);
  });

  it('is a safety copy of rows whose days are over, while something newer is proven', async () => {
    const slot = new Date(Date.now() - 40 * DAY_MS);
    const place = {
      retentionClass: 'manual',
      source: 'shop-before-restore',
      backupId: manualBackupId(slot),
    } as const;
    for (const key of [rowsCopyKey(place), `${backupPrefix(place)}k3f9aqxz/data/0001-public.t.copy.zst`])
      await vault.store.put(key, Buffer.from('x'));
    vault.age(place, slot);
    expect((await verdicts())[place.backupId]).toBe('nothing-newer');
    await vault.backup(1, { proven: true });
    const { removed } = await prune(request());
    expect(removed).toMatchObject([{ verdict: { kind: 'rows-copy', place }, objects: 2, foreign: [] }]);
    expect(existsSync(vault.pathOf(place))).toBe(false);
  });

  it('is never a backup with a damaged manifest, and its damage is told', async () => {
    const damaged = await vault.backup(20);
    await vault.backup(1, { proven: true });
    const path = join(vault.directory, manifestKey(damaged));
    writeFileSync(path, '{}');
    utimesSync(path, new Date(0), new Date(0));
    vault.age(damaged, new Date(Date.now() - 20 * DAY_MS));
    const { verdicts: all } = await prune(request());
    expect(all.at(-1)).toMatchObject({
      goes: false,
      reason: 'unreadable',
      detail: expect.stringContaining('manifest'),
    });
    expect(vault.filesOf(damaged).length).toBeGreaterThan(5);
  });

  it('is not one whose files have a date of long ago and whose id is young', async () => {
    const copied = await vault.backup(2);
    vault.age(copied, new Date('1980-01-01'));
    await vault.backup(1, { proven: true });
    expect(Object.values(await verdicts())).toEqual(['newest', 'young']);
  });

  it('is not one whose hold is on record, in a directory that was a bucket', async () => {
    const old = await vault.backup(20);
    await vault.backup(1, { proven: true });
    const note = { reason: 'case 4711', by: 'ada' };
    const when = { now: new Date(), signal: new AbortController().signal };
    await writeHoldRecord(vault.store, old, 'adding', note, when);
    expect((await verdicts())[old.backupId]).toBe('on-hold');
    await writeHoldRecord(vault.store, old, 'removed', note, when);
    expect((await verdicts())[old.backupId]).toBe('goes');
  });

  it('is an attempt without a manifest when its days are over, and a safety backup when any source is proven', async () => {
    const open = await vault.backup(20, { seal: false });
    const running = await vault.backup(0.01, { seal: false });
    const safety = await vault.backup(40, { retentionClass: 'manual', source: 'shop-before-restore' });
    await vault.backup(1, { proven: true });
    expect(await verdicts()).toMatchObject({
      [open.backupId]: 'goes',
      [running.backupId]: 'nothing-newer',
      [safety.backupId]: 'goes',
    });
    expect((await prune(request({ source: 'shop' }))).removed).toHaveLength(1);
    expect((await prune(request())).removed).toHaveLength(1);
    expect(vault.filesOf(running).length).toBeGreaterThan(5);
  });
});

describe('a run that is cut', () => {
  it('leaves whole backups and remnants at every deletion, and the next one removes the rest', async () => {
    for (let cut = 1; ; cut += 1) {
      const ended = new AbortController();
      const old = await vault.backup(20, { proven: true });
      await vault.backup(19);
      const newest = await vault.backup(1, { proven: true });
      let deleted = 0;
      const run = prune(
        request({
          options: { signal: ended.signal },
          onRemoved: () => {
            deleted += 1;
            if (deleted === cut) ended.abort(new Error('cut'));
          },
        }),
      );
      const isCut = await run.then(
        () => false,
        () => true,
      );
      const left = await vault.wholeBackups();
      expect(left).toContain(newest.backupId);
      if (cut === 1 && isCut) expect(existsSync(join(vault.directory, manifestKey(old)))).toBe(false);
      await prune(request());
      expect(await vault.wholeBackups()).toEqual([newest.backupId]);
      expect(readdirSync(join(vault.directory, 'daily/shop'))).toEqual([newest.backupId]);
      vault.remove();
      vault = new AgedVault();
      if (!isCut) break;
    }
  });

  it('is killed, and the next one removes the rest', async () => {
    for (let day = 20; day < 30; day += 1) await vault.backup(day);
    const newest = await vault.backup(1, { proven: true });
    const command = [join(import.meta.dirname, '../../../bin/lifeboat.ts'), 'prune', '--delete', '--yes'];
    const child = spawn(process.execPath, [...command, '--vault', vault.directory], {
      env: { ...process.env, LIFEBOAT_DEBUG: '1' },
    });
    const ended = once(child, 'exit');
    const folder = join(vault.directory, 'daily/shop');
    while (child.exitCode === null && readdirSync(folder).length === 11) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    child.kill('SIGKILL');
    await ended;
    expect(await vault.wholeBackups()).toContain(newest.backupId);
    await prune(request());
    // A kill between its last file and itself leaves a folder with nothing in it, which is no part of a vault.
    const left = readdirSync(folder).filter((name) => readdirSync(join(folder, name)).length > 0);
    expect(left).toEqual([newest.backupId]);
  });
});

describe('two runs at once', () => {
  it('delete the same, and neither fails', async () => {
    for (let day = 10; day < 16; day += 1) await vault.backup(day);
    const newest = await vault.backup(1, { proven: true });
    const reports = await Promise.all([prune(request()), prune(request())]);
    expect(reports.flatMap(({ failures }) => failures)).toEqual([]);
    expect(await vault.wholeBackups()).toEqual([newest.backupId]);
    expect(readdirSync(join(vault.directory, 'daily/shop'))).toEqual([newest.backupId]);
  });

  it('record a removal once although both have read the manifest', async () => {
    const old = await vault.backup(20, { proven: true });
    await vault.backup(1, { proven: true });
    let isPlanned = false;
    const overtaken = intercept(vault.store, {
      async *reading(key, pieces) {
        yield* pieces;
        if (!isPlanned || key !== manifestKey(old)) return;
        await prune(request());
        // A record of the same millisecond would have the same name.
        for (const since = Date.now(); Date.now() === since; ) await delay(1);
      },
    });
    const onPlan = () => {
      isPlanned = true;
    };
    const store = Object.assign(overtaken, { root: vault.directory });
    expect((await prune(request({ store, onPlan }))).failures).toEqual([]);
    expect(readdirSync(join(vault.directory, 'evidence/removals/shop'))).toHaveLength(1);
  });

  it('delete nothing when the newer backup is deleted by somebody after the plan', async () => {
    const old = await vault.backup(20, { proven: true });
    const newer = await vault.backup(1, { proven: true });
    const { failures, removed } = await prune(
      request({ onPlan: () => rmSync(join(vault.directory, manifestKey(newer))) }),
    );
    expect(removed).toEqual([]);
    expect(failures.map(({ code }) => code)).toEqual(['prune-newer-gone']);
    expect(await vault.wholeBackups()).toEqual([old.backupId]);
  });
});

describe('what is not a backup', () => {
  it('stays: files beside, in the folders of backups, and below other names', async () => {
    const old = await vault.backup(20);
    await vault.backup(1, { proven: true });
    const foreign = [
      'README.txt',
      'daily/notes.md',
      'daily/shop/2026-11-01/manifest.json',
      'hourly/shop/20200101T000000Z/manifest.json',
    ];
    const inside = ['thesis.doc', 'k3f9aqxz/data/letter.doc', 'photos/a/b/c.jpg'].map((name) =>
      join(vault.pathOf(old), name),
    );
    const paths = [...foreign.map((name) => join(vault.directory, name)), ...inside];
    for (const path of paths) {
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(path, 'mine');
      utimesSync(path, new Date(0), new Date(0));
    }
    const { removed } = await prune(request());
    expect(removed).toHaveLength(1);
    expect(removed[0]?.foreign).toHaveLength(3);
    for (const path of paths) expect(readFileSync(path, 'utf8')).toBe('mine');
    expect(vault.filesOf(old)).toHaveLength(3);
    // What is left is no backup's, and no later run touches it.
    expect((await prune(request())).removed).toEqual([]);
  });

  it('stays where a symbolic link leads, and the backup with it', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'lifeboat-elsewhere-'));
    const linked = async (path: (place: BackupPlace) => string, days: number) => {
      const place = await vault.backup(days);
      const target = join(elsewhere, String(days));
      renameSync(path(place), target);
      symlinkSync(target, path(place));
      return { place, target };
    };
    try {
      const whole = await linked((place) => vault.pathOf(place).replace(/\/$/, ''), 20);
      const attempt = await linked((place) => join(vault.pathOf(place), 'k3f9aqxz'), 21);
      await vault.backup(1, { proven: true });
      const { failures, removed } = await prune(request());
      expect(removed).toEqual([]);
      expect(failures.map(({ code }) => code)).toEqual(['vault-symbolic-link', 'vault-symbolic-link']);
      expect(readdirSync(whole.target)).toContain('manifest.json');
      expect(readdirSync(attempt.target)).toContain('restore.sh');
      // It looks before it deletes the manifest.
      expect(existsSync(join(vault.directory, manifestKey(attempt.place)))).toBe(true);
    } finally {
      rmSync(elsewhere, { recursive: true, force: true });
    }
  });

  it('is a link in the place of an object: the link goes, and not what it leads to', async () => {
    const old = await vault.backup(20);
    await vault.backup(1, { proven: true });
    const target = join(vault.directory, 'outside.zst');
    const [chunk = ''] = vault.filesOf(old).filter((path) => path.includes('/data/'));
    renameSync(chunk, target);
    symlinkSync(target, chunk);
    expect((await prune(request())).failures).toEqual([]);
    expect(existsSync(vault.pathOf(old))).toBe(false);
    expect(existsSync(target)).toBe(true);
  });
});

describe('lifeboat prune', () => {
  const command = (...argv: string[]) =>
    lifeboat(['prune', ...argv, '--vault', vault.directory], { now: () => new Date() });

  it('only shows, unless it is told to delete and somebody says yes', async () => {
    const old = await vault.backup(20);
    const newest = await vault.backup(1, { proven: true });
    const shown = await command();
    expect(shown.exitCode).toBe(0);
    expect(shown.stdout).toMatch(new RegExp(`daily/shop/${old.backupId} +goes +days over since`));
    expect(shown.stdout).toMatch(new RegExp(`${newest.backupId} +stays +the newest proven one`));
    expect(shown.stdout).toContain(`is older than daily/shop/${newest.backupId}, which is proven.`);
    expect(shown.stdout).toContain('Nothing was deleted. `lifeboat prune --delete` deletes what goes.');
    const unasked = await command('--delete');
    expect(unasked).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('prune-not-confirmed') });
    expect(await vault.wholeBackups()).toHaveLength(2);
    expect((await command('--delete', '--yes', '--keep-daily', '30')).stdout).toContain(
      'Nothing was deleted',
    );
    const { exitCode, stdout } = await command('--delete', '--yes', '--json');
    expect({ exitCode, ...JSON.parse(stdout) }).toMatchObject({
      exitCode: 0,
      keptDays: DAYS,
      deleted: [{ name: `daily/shop/${old.backupId}`, hidden: false, foreign: [] }],
      failures: [],
    });
    expect(await vault.wholeBackups()).toEqual([newest.backupId]);
  });

  it.skipIf(process.getuid?.() !== 0)(
    'says of a vault that may not be changed that nothing was deleted',
    async () => {
      await vault.backup(20);
      await vault.backup(1, { proven: true });
      // Root may change what is read-only, so another user tries.
      chmodSync(vault.directory, 0o755);
      const files = readdirSync(vault.directory, { recursive: true, withFileTypes: true });
      for (const entry of files)
        chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
      process.setegid?.(65_534);
      process.seteuid?.(65_534);
      const { exitCode, stderr } = await command('--delete', '--yes').finally(() => {
        process.seteuid?.(0);
        process.setegid?.(0);
      });
      expect(exitCode).toBe(4);
      expect(stderr).toContain('vault-access-denied');
      expect(await vault.wholeBackups()).toHaveLength(2);
    },
  );
});
