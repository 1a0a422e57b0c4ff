// The one step of the GitHub Action (action.yml). It is plain JavaScript, because it runs on whatever Node the
// runner has. No shell reads what users give: a reason may be the title of anybody's pull request.
import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';

const COMMANDS = ['backup', 'drill', 'verify'];
const USAGE = 2;

/** A wrong input. The message is shown to the user. */
class InputError extends Error {}

const input = (name) => (process.env[`LIFEBOAT_INPUT_${name}`] ?? '').trim();
/** An option with its value in one argument, so that a value which begins with `-` is none of its own. */
const option = (name, value) => (value === '' ? [] : [`--${name}=${value}`]);

function argumentsOf(command) {
  const more = input('OPTIONS')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean);
  const stray = more.find((line) => !line.startsWith('--') || line === '--');
  if (stray !== undefined) {
    throw new InputError(`options: each line must be one option with its value after =, such as --jobs=2`);
  }
  const shared = ['--json', ...option('name', input('NAME')), ...option('class', input('CLASS')), ...more];
  return command === 'backup'
    ? [command, ...shared, ...option('reason', input('REASON'))]
    : [command, ...shared, '--', input('BACKUP') || 'latest'];
}

/** The program and its first arguments: a checkout, or the package, which npx fetches. */
function program() {
  const checkout = input('LIFEBOAT');
  if (checkout !== '') return [process.execPath, checkout];
  const version = input('VERSION') || ownVersion();
  if (!/^[\w.+-]+$/.test(version) || version.startsWith('-')) throw new InputError('version: not a version');
  // npx passes arguments through a shell. So it only says where the program is, and that is run without one.
  const found = ['--yes', `--package=pg-lifeboat@${version}`, '-c', 'command -v lifeboat'];
  return [execFileSync('npx', found, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim()];
}

function ownVersion() {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;
}

/** Lifeboat's environment: that of the job, with the inputs in the place of variables of the same meaning. */
function environmentOf() {
  const job = Object.entries(process.env).filter(([name]) => !name.startsWith('LIFEBOAT_INPUT_'));
  const given = [
    ['LIFEBOAT_SOURCE_URL', input('SOURCE_URL')],
    ['LIFEBOAT_VAULT', input('VAULT')],
    ['LIFEBOAT_SSH', input('SSH')],
  ].filter(([, value]) => value !== '');
  return Object.fromEntries([...job, ...given]);
}

/** Has the runner hide the URL and its password, as written and decoded, in all later output. */
function maskSecrets(url) {
  if (url === '') return;
  const password = /^[a-z]+:\/\/[^:/@]*:(.*)@/i.exec(url)?.[1];
  const decoded = password && decodedOf(password);
  for (const secret of new Set([url, password, decoded])) if (secret) say('add-mask', secret);
}

function decodedOf(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** A command to the runner: GitHub's documentation, "Workflow commands", says what must be escaped. */
function say(command, text) {
  const data = text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  process.stdout.write(`::${command}::${data}\n`);
}

/** Runs Lifeboat. What it prints is text: a line of it that looks like a command to the runner is none. */
async function run([file, ...first], args, env) {
  const token = randomUUID();
  say('stop-commands', token);
  try {
    const child = spawn(file, [...first, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve({ exitCode: code ?? 1, stdout }));
    });
  } finally {
    process.stdout.write(`::${token}::\n`);
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function writeOutputs(outputs) {
  const file = process.env.GITHUB_OUTPUT;
  if (!file) return;
  for (const [name, value] of Object.entries(outputs)) {
    const end = randomUUID();
    appendFileSync(file, `${name}<<${end}\n${value}\n${end}\n`);
  }
}

/** Text from elsewhere as a cell of a Markdown table: it is neither markup nor HTML, and stays one line. */
function cell(value) {
  return String(value ?? '')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/[\\`*_{}[\]#|~!@:]/g, '\\$&');
}

function writeSummary(title, rows) {
  const file = process.env.GITHUB_STEP_SUMMARY;
  if (!file) return;
  const lines = rows
    .filter(([, value]) => value !== undefined && value !== null && value !== '')
    .map(([name, value]) => `| ${name} | ${cell(value)} |`);
  appendFileSync(file, `### ${cell(title)}\n\n| | |\n| --- | --- |\n${lines.join('\n')}\n\n`);
}

function sizeOf(bytes) {
  return typeof bytes === 'number' ? `${(bytes / 1e6).toFixed(1)} MB` : undefined;
}

function report(command, exitCode, json) {
  const { error } = json;
  const result = error?.code ?? json.outcome ?? json.verdict ?? (exitCode === 0 ? 'done' : 'failed');
  const name = json.name ?? '';
  writeOutputs({
    'exit-code': exitCode,
    result: String(result).replaceAll(' ', '-'),
    name,
    'backup-id': json.backupId ?? name.split('/').at(-1) ?? '',
    proven: command === 'drill' ? exitCode === 0 : '',
    'stored-bytes': json.storedBytes ?? '',
  });
  writeSummary(`${exitCode === 0 ? '✅' : '❌'} lifeboat ${command}: ${result}`, [
    ['backup', name],
    ['reason', json.reason],
    ['shows the moment', json.snapshotAt],
    ['tables', json.tables ?? json.totals?.tables],
    ['rows', json.rows ?? json.totals?.rows],
    ['in the vault', sizeOf(json.storedBytes)],
    ['what', error?.what],
    ['meaning', error?.meaning],
    ['to do', error?.remedy],
    ['exit code', exitCode],
  ]);
  if (error) say('error title=Lifeboat', [error.what, error.remedy].filter(Boolean).join(' '));
}

async function main() {
  const url = input('SOURCE_URL');
  maskSecrets(url || (process.env.LIFEBOAT_SOURCE_URL ?? ''));
  const command = input('COMMAND');
  if (!COMMANDS.includes(command)) throw new InputError(`command: one of ${COMMANDS.join(', ')}`);
  const args = argumentsOf(command);
  const { exitCode, stdout } = await run(program(), args, environmentOf());
  report(command, exitCode, parsed(stdout));
  return exitCode;
}

let exitCode;
try {
  exitCode = await main();
} catch (error) {
  exitCode = error instanceof InputError ? USAGE : 1;
  const what =
    error instanceof InputError
      ? `The input ${error.message}.`
      : `Lifeboat cannot be started: ${error.message}`;
  report(input('COMMAND'), exitCode, { error: { code: 'action-failed', what } });
}
process.exitCode = input('FAIL') === 'false' ? 0 : exitCode;
