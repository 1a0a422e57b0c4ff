import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const LAUNCHER = fileURLToPath(new URL('../../../bin/lifeboat.mjs', import.meta.url));

/** A word that does something if a shell evaluates it. */
const HOSTILE = '"$(touch evil)"';
/** What is typed, and what it becomes. */
const TYPED = [
  ['lifeboat ver', 'verify'],
  ['lifeboat backup --class=d', '--class=daily'],
  ['lifeboat backup --class we', 'weekly'],
  ['lifeboat restore --identity ide', 'identity.txt'],
  [`lifeboat query latest ${HOSTILE} --form`, '--format'],
] as const;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-completion-'));
  symlinkSync(LAUNCHER, join(directory, 'lifeboat'));
  writeFileSync(join(directory, 'identity.txt'), '');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function shell(name: string, argv: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync(name, argv, {
    cwd: directory,
    env: {
      PATH: [directory, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
      HOME: directory,
      TERM: 'dumb',
      LC_ALL: 'C.UTF-8',
    },
    encoding: 'utf8',
    timeout: 240_000,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(readdirSync(directory)).not.toContain('evil');
  return stdout;
}

const has = (name: string) => ['/usr/bin', '/bin', '/usr/local/bin'].some((at) => existsSync(join(at, name)));

describe('completion', () => {
  it('works in bash, and evaluates nothing', () => {
    const lines = TYPED.map(([typed]) => `try '${typed}'`).join('\n');
    const stdout = shell('bash', [
      '--norc',
      '-c',
      `eval "$(lifeboat completion bash)"
       try() { COMP_LINE=$1 COMP_POINT=\${#1}; _lifeboat lifeboat; echo "\${COMPREPLY[*]}"; }
       ${lines}
       complete -p lifeboat`,
    ]);
    // bash replaces what follows an equals sign.
    expect(stdout.split('\n').slice(0, TYPED.length)).toEqual(
      TYPED.map(([, becomes]) => becomes.replace('--class=', '')),
    );
    expect(stdout).toContain('complete -F _lifeboat lifeboat');
  });

  it.skipIf(!has('fish'))('works in fish', () => {
    const lines = TYPED.map(([typed]) => `complete -C '${typed}'`).join('\n');
    const stdout = shell('fish', ['--no-config', '-c', `lifeboat completion fish | source\n${lines}`]);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split('\t')[0]),
    ).toEqual(TYPED.map(([, becomes]) => becomes));
  });

  it.skipIf(!has('zsh'))('works in zsh, at its own prompt', () => {
    const prompts = TYPED.map(
      ([typed, becomes], at) => `type '${typed}' '${becomes.split('=').at(-1)}' ${at}`,
    ).join('\n');
    const stdout = shell('zsh', [
      '-f',
      '-c',
      `zmodload zsh/zpty
       zpty prompt 'COLUMNS=200 zsh -f -i'
       wait_for() { zpty -r prompt answer "*$1*" }
       type() {
         zpty -w -n prompt "$1"$'\\t'
         wait_for "$2" && echo "$2"
         zpty -w prompt $'\\025'"echo cleared-$3"
         wait_for $'\\n'"cleared-$3"
       }
       zpty -w prompt 'autoload -U compinit && compinit -u -D && source <(lifeboat completion zsh) && echo rea""dy'
       wait_for ready
       ${prompts}
       zpty -d prompt`,
    ]);
    expect(stdout.trimEnd().split('\n')).toEqual(TYPED.map(([, becomes]) => becomes.split('=').at(-1)));
  });
});
