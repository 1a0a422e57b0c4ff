import { writeFileSync } from 'node:fs';
import { urlOfSecret } from '../lambda/shared/secret-text.ts';
import { SecretValue } from '../lambda/shared/secret-value.ts';
import { interruptOn } from '../lib/cli/program/interruption.ts';
import { flushed } from '../lib/cli/program/streams.ts';
import { run } from '../lib/cli/run.ts';
import { RESTORE_TASK_VARIABLES } from '../lib/contract/restore-task.ts';
import { LifeboatError } from '../lib/engine/ground/errors.ts';

/**
 * The program of a restore's task: `lifeboat restore` with the arguments of whoever started it. What it prints goes to the
 * log, from where the command that started it reads it. The target's URL comes from a secret, and is nowhere else.
 */
const { env } = process;
const signal = interruptOn(process);

process.exit(await main());

async function main(): Promise<number> {
  try {
    const argv = argumentsOf(env[RESTORE_TASK_VARIABLES.arguments] ?? '[]');
    const arn = env[RESTORE_TASK_VARIABLES.targetSecretArn] ?? '';
    const secret = await new SecretValue(arn, (why) => unreadable(arn, why)).read(signal);
    const surroundings = {
      environment: { ...env, LIFEBOAT_TARGET_URL: targetUrl(secret) },
      directory: '/tmp',
      stdout: process.stdout,
      stderr: process.stderr,
      signal,
      now: () => new Date(),
    };
    return await run(['restore', ...argv], surroundings);
  } catch (error) {
    const { code, what, remedy } =
      error instanceof LifeboatError
        ? error
        : { code: 'restore-task-failed', what: String(error), remedy: '' };
    console.error(`${what} ${remedy ?? ''} (${code})`);
    return 2;
  } finally {
    await flushed(process.stdout, process.stderr);
  }
}

/** The only folder of a task that can be written to is its shared memory. A certificate is no secret. */
const CERTIFICATE_FILE = '/dev/shm/lifeboat-target-ca.pem';

function targetUrl(secret: string): string {
  const { url, sslrootcert } = urlOfSecret(secret);
  if (sslrootcert === undefined) return url;
  writeFileSync(CERTIFICATE_FILE, sslrootcert);
  const found = new URL(url);
  found.searchParams.set('sslrootcert', CERTIFICATE_FILE);
  return found.href;
}

function argumentsOf(json: string): string[] {
  const found: unknown = JSON.parse(json);
  if (Array.isArray(found) && found.every((one) => typeof one === 'string')) return found;
  throw new TypeError(`${RESTORE_TASK_VARIABLES.arguments} is no list of arguments`);
}

function unreadable(arn: string, why: string): LifeboatError {
  return new LifeboatError({
    code: 'target-secret-unreadable',
    kind: 'target',
    what: `The secret ${arn} of the target cannot be read: ${why}.`,
    meaning: 'Nothing was restored.',
    remedy: 'It must be one of restoreOnAws.targetSecretArns of this environment in bin/environments.ts.',
  });
}
