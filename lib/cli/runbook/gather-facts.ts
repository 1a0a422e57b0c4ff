import packageJson from '../../../package.json' with { type: 'json' };
import { LifeboatError } from '../../engine/ground/errors.ts';
import {
  type Deployment,
  isAsked,
  type RunbookFacts,
  type Unasked,
} from '../../engine/runbook/deployment.ts';
import { lastDrills } from '../../engine/runbook/last-drill.ts';
import { readDeployment } from '../../engine/runbook/read-deployment.ts';
import { ProgressLine } from '../../present/terminal/progress-line.ts';
import { readEnvironmentsFile } from '../options/environments-file.ts';
import { vaultUrl } from '../options/vault-option.ts';
import type { Context } from '../program/context.ts';
import { usageError } from '../program/failure.ts';
import { type AskedStacks, askStacks } from './ask-stacks.ts';

/** What to gather, as the command's options name it. */
export interface WantedFacts {
  readonly env?: string;
  readonly environments?: string;
  readonly vault?: string;
  readonly name?: string;
  readonly offline?: boolean;
}

const OFFLINE: Unasked = { why: 'the page was written with --offline', remedy: 'Write it again without.' };
const NOTHING_ASKED: AskedStacks = { stack: undefined, replicaStack: undefined };

/** Reads the environments file, then asks the stacks and the vault. What does not answer is a gap, and no failure. */
export async function gatherFacts(context: Context, options: WantedFacts): Promise<RunbookFacts> {
  const { directory, environment: variables, signal, now } = context;
  const { env, name } = options;
  if (env === undefined && options.vault === undefined && !variables.LIFEBOAT_VAULT) {
    throw usageError(
      'runbook-not-named',
      'Nothing was named whose runbook this is to be.',
      'Name an environment with --env, or a vault with --vault.',
    );
  }
  const deployment =
    env === undefined
      ? undefined
      : readDeployment(await readEnvironmentsFile(options.environments, directory), env);
  if (deployment && name !== undefined) refuseUnknown(name, deployment);
  const progress = ProgressLine.of(context, 'runbook');
  try {
    const { stack, replicaStack } = await stacksOf(deployment, options, signal);
    const bucket = isAsked(stack) ? stack.outputs.get('VaultBucket') : undefined;
    const named =
      options.vault ?? (bucket === undefined ? variables.LIFEBOAT_VAULT || undefined : `s3://${bucket}`);
    const vault = named === undefined ? undefined : vaultUrl(named, variables, directory);
    const wanted = name === undefined ? deployment?.sources.map((source) => source.name) : [name];
    const drills = await askVault(context, vault, wanted, options);
    const found = Array.isArray(drills) ? drills.map(({ source }) => source) : [];
    return {
      ...{ deployment, vault, drills, stack, replicaStack },
      source: name,
      sources: deployment?.sources.map((source) => source.name) ?? (name === undefined ? found : [name]),
      writtenAt: now(),
      version: packageJson.version,
    };
  } finally {
    progress.stop();
  }
}

async function stacksOf(
  deployment: Deployment | undefined,
  { offline }: WantedFacts,
  signal: AbortSignal,
): Promise<AskedStacks> {
  if (deployment === undefined) return NOTHING_ASKED;
  return offline ? { ...NOTHING_ASKED, stack: OFFLINE } : await askStacks(deployment, signal);
}

/** A vault that cannot be read is a gap in the page, and no failure. */
async function askVault(
  context: Context,
  vault: string | undefined,
  sources: readonly string[] | undefined,
  { env, offline }: WantedFacts,
): Promise<RunbookFacts['drills']> {
  if (offline) return OFFLINE;
  if (vault === undefined) {
    return {
      why: 'its bucket is not known',
      remedy: 'With credentials of AWS the stack tells it; or name it with `--vault s3://…`.',
    };
  }
  try {
    const { signal } = context;
    return await context.withVault(vault, (store) => lastDrills(store, sources, { signal }));
  } catch (error) {
    context.signal.throwIfAborted();
    // Without an environment there is nothing else to write about.
    if (!(error instanceof LifeboatError) || env === undefined) throw error;
    return {
      why: error.what.replace(/\.$/, ''),
      remedy: error.remedy ?? '`npx lifeboat doctor` looks closer.',
    };
  }
}

function refuseUnknown(name: string, { environment, sources }: Deployment): void {
  if (sources.some((source) => source.name === name)) return;
  const names = sources.map((source) => source.name).join(', ');
  throw usageError(
    'source-unknown',
    `${environment} has no source ${JSON.stringify(name)}.`,
    `It has ${names}.`,
  );
}
