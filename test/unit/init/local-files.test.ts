import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { localFiles } from '../../../lib/init/local/local-files.ts';
import type { LocalValues, Scheduler } from '../../../lib/init/local/local-values.ts';

const parent = mkdtempSync(join(tmpdir(), 'lifeboat-init-'));
afterAll(() => rmSync(parent, { recursive: true, force: true }));

/** A directory that nobody would choose, and that each format could misread. */
const DIRECTORY = join(parent, `it's 100% "a" $HOME`);

function written(scheduler: Scheduler, values: Partial<LocalValues> = {}): Map<string, string> {
  const files = localFiles({
    scheduler,
    source: 'shop',
    vault: 's3://bucket/prefix',
    email: 'on-call@example.com',
    directory: DIRECTORY,
    user: 'root',
    node: '/usr/bin/node',
    lifeboat: '1.2.3',
    settings: { LIFEBOAT_SOURCE_URL: `postgres://app:it's$(id)@db/shop`, AWS_REGION: 'eu-central-1' },
    ...values,
  });
  for (const { path, text, mode = 0o644 } of files) {
    mkdirSync(dirname(join(DIRECTORY, path)), { recursive: true });
    writeFileSync(join(DIRECTORY, path), text);
    chmodSync(join(DIRECTORY, path), mode);
  }
  return new Map(files.map(({ path, text }) => [path, text]));
}

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;
const hasXmllint = spawnSync('xmllint', ['--version']).status === 0;

describe('what init --local writes', () => {
  it('for systemd is a service and a timer for each job', () => {
    const files = written('systemd');
    const units = [...files.keys()].filter((path) => /\.(service|timer)$/.test(path));
    expect(units).toEqual([
      'lifeboat-shop-backup.service',
      'lifeboat-shop-backup.timer',
      'lifeboat-shop-drill.service',
      'lifeboat-shop-drill.timer',
    ]);
    for (const unit of units) {
      // systemd.syntax(7): sections, and assignments below them.
      for (const line of files.get(unit)?.trimEnd().split('\n') ?? []) {
        expect(line).toMatch(/^(|\[(Unit|Service|Timer|Install)\]|[A-Z][A-Za-z]+=\S.*)$/);
      }
    }
    expect(files.get('lifeboat-shop-backup.service')).toContain(
      `ExecStart=/bin/sh "${DIRECTORY.replaceAll('"', '\\"').replace('%', '%%').replace('$', '$$$$')}/lifeboat.sh" backup`,
    );
    expect(files.get('lifeboat-shop-drill.timer')).toContain('OnCalendar=Sun *-*-* 06:17:00');
  });

  it.skipIf(!hasSystemd)('for systemd is what systemd itself takes', () => {
    const units = [...written('systemd').keys()].filter((path) => /\.(service|timer)$/.test(path));
    const { status, stderr } = spawnSync(
      'systemd-analyze',
      ['verify', ...units.map((unit) => join(DIRECTORY, unit))],
      { encoding: 'utf8' },
    );
    expect(stderr.split('\n').filter((line) => line.includes('lifeboat-'))).toEqual([]);
    expect(status).toBe(0);
    const { stdout } = spawnSync('systemd-analyze', ['calendar', 'Sun *-*-* 06:17:00'], { encoding: 'utf8' });
    expect(stdout).toMatch(/Next elapse/);
  });

  it('for cron is lines of six fields that name the script', () => {
    const text = written('cron').get('crontab.txt') ?? '';
    const lines = text.split('\n').filter((line) => /^\d/.test(line));
    expect(lines.map((line) => line.split(' ').slice(0, 5).join(' '))).toEqual(['17 4 * * *', '17 6 * * 0']);
    expect(text).toContain('MAILTO=on-call@example.com\n');
    // What cron hands to the shell: the line after the fields, up to a % that nothing escapes.
    const commands = lines.map((line) => line.split(' ').slice(5).join(' '));
    expect(commands.filter((command) => /(?<!\\)%/.test(command))).toEqual([]);
    const first = commands[0]?.replaceAll('\\%', '%').replace('>/dev/null', '') ?? '';
    expect(execFileSync('sh', ['-c', `printf '%s\\n' ${first}`], { encoding: 'utf8' })).toBe(
      `${DIRECTORY}/lifeboat.sh\nbackup\n`,
    );
  });

  it('for launchd is a property list for each job', () => {
    const files = written('launchd');
    const agents = [...files.keys()].filter((path) => path.endsWith('.plist'));
    expect(agents).toEqual(['pg-lifeboat.shop.backup.plist', 'pg-lifeboat.shop.drill.plist']);
    for (const agent of agents) {
      const text = files.get(agent) ?? '';
      expect(elementsOf(text).at(-1)).toBe('/plist');
      expect(text).toContain(`<string>${DIRECTORY}/lifeboat.sh</string>`);
      if (hasXmllint) execFileSync('xmllint', ['--noout', '--nonet', join(DIRECTORY, agent)]);
    }
    expect(files.get('pg-lifeboat.shop.drill.plist')).toMatch(/Weekday<\/key>\s*<integer>0</);
  });

  it('for GitHub is a workflow that knows its secrets by name only', () => {
    const files = written('github-actions', { source: 'shop.eu' });
    expect([...files.keys()]).toEqual(['.github/workflows/lifeboat.yml', 'README.md']);
    const text = files.get('.github/workflows/lifeboat.yml') ?? '';
    expect(text).not.toContain('$(id)');
    for (const secret of ['LIFEBOAT_SOURCE_URL', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) {
      expect(text).toContain(`${secret}: \${{ secrets.${secret} }}`);
    }
    // YAML 1.1 takes `on` for true; GitHub reads 1.2.
    const read = parse(text, { strict: true }) as Workflow;
    // Each schedule is one that a job asks for.
    const asked = Object.values(read.jobs).map((job) => /schedule == '(.*?)'/.exec(job.if)?.[1]);
    expect(asked).toEqual(read.on.schedule.map(({ cron }) => cron));
    expect(read.env).toMatchObject({ LIFEBOAT_VAULT: 's3://bucket/prefix', AWS_REGION: 'eu-central-1' });
    expect(read.permissions).toEqual({ contents: 'read' });
    expect(read.jobs.backup?.steps.at(-1)?.run).toBe(
      "npx --yes pg-lifeboat@1.2.3 backup --name 'shop.eu' --class auto --prune",
    );
    expect(read.jobs.drill?.steps.at(-1)?.run).toBe("npx --yes pg-lifeboat@1.2.3 drill --name 'shop.eu'");
  });

  it('keeps passwords in a file that only its owner can read, as data', () => {
    const file = localFiles({
      scheduler: 'cron',
      source: 'shop',
      vault: 'file:///mnt/backups',
      email: undefined,
      directory: DIRECTORY,
      user: 'root',
      node: '/usr/bin/node',
      lifeboat: '1.2.3',
      settings: { LIFEBOAT_SOURCE_URL: `postgres://app:it's$(id)"@db/shop` },
    }).find(({ path }) => path === 'lifeboat.env');
    expect(file?.mode).toBe(0o600);
    const read = spawnSync('sh', ['-c', `${file?.text}\nprintf %s "$LIFEBOAT_SOURCE_URL"`], {
      encoding: 'utf8',
    });
    expect(read.stdout).toBe(`postgres://app:it's$(id)"@db/shop`);
    expect(written('cron').get('.gitignore')).toContain('lifeboat.env\n');
  });
});

/** The parts of a workflow of GitHub Actions that are looked at. */
interface Workflow {
  readonly on: { readonly schedule: ReadonlyArray<{ readonly cron: string }> };
  readonly env: Readonly<Record<string, string>>;
  readonly permissions: object;
  readonly jobs: Readonly<
    Record<string, { readonly if: string; readonly steps: ReadonlyArray<{ readonly run?: string }> }>
  >;
}

/** The tags of an XML text in their order; throws unless each one is closed by its own. */
function elementsOf(xml: string): string[] {
  const open: string[] = [];
  const tags = [...xml.matchAll(/<(\/?[a-z]+)[^>]*>/gi)].map(([, tag = '']) => tag);
  for (const tag of tags.filter((name) => name !== 'DOCTYPE')) {
    if (!tag.startsWith('/')) open.push(tag);
    else if (open.pop() !== tag.slice(1)) throw new Error(`<${tag}> closes another element`);
  }
  if (open.length > 0) throw new Error(`${open.join(', ')} is not closed`);
  return tags;
}
