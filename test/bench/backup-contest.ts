import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { compare, inTurns, rounded } from './in-turns.ts';
import { measureNode, measureShell } from './measured-process.ts';

export const lifeboat = join(import.meta.dirname, '../../bin/lifeboat.mjs');
const upload = `"${process.execPath}" ${join(import.meta.dirname, 'upload.ts')}`;

export interface BackupContest {
  /** Of the commands: the vault's credentials, `LIFEBOAT_SOURCE_URL`, `LIFEBOAT_VAULT`. */
  readonly environment: Readonly<Record<'LIFEBOAT_SOURCE_URL' | 'LIFEBOAT_VAULT', string>>;
  /** For what the pipelines write beside the vault. */
  readonly directory: string;
}

const toldBy = (command: string, ...args: string[]): string =>
  spawnSync(command, args, { encoding: 'utf8' }).stdout?.trim() ?? '';

/** Itself, where a version manager has put a script before it that takes a third of a second to find it. */
export const AWS = toldBy('pyenv', 'which', 'aws') || 'aws';
export const AWS_CLI = /^aws-cli\/\S+/.exec(toldBy(AWS, '--version'))?.[0];

/**
 * Whole backups of one database of a shop into one vault: Lifeboat's beside the pipelines people use, in turns, all of them
 * started by a shell. `upload` is no more than Lifeboat's own way to S3, with nothing else of it; `aws s3 cp` is what scripts
 * say, and takes part where it is installed.
 */
export async function runBackupContest({ environment, directory }: BackupContest, rounds: number) {
  const vault = environment.LIFEBOAT_VAULT;
  const shell = (command: string) => () => measureShell(command, environment);
  const summary = join(directory, 'backup.json');
  const seconds = await inTurns(rounds, {
    lifeboat: shell(`"${process.execPath}" ${lifeboat} backup --json > ${summary}`),
    ...(AWS_CLI === undefined
      ? {}
      : {
          'pg_dump -Fc | aws s3 cp': shell(
            `pg_dump -Fc "$LIFEBOAT_SOURCE_URL" | "${AWS}" s3 cp - ${vault}/dump --endpoint-url "$AWS_ENDPOINT_URL"`,
          ),
        }),
    'pg_dump -Fc | upload': shell(
      `pg_dump -Fc "$LIFEBOAT_SOURCE_URL" | tee ${directory}/dump | ${upload} ${vault} dump`,
    ),
    'pg_dump -Fd -j 2, upload': shell(
      `rm -rf ${directory}/dir; pg_dump -Fd -j 2 -f ${directory}/dir "$LIFEBOAT_SOURCE_URL" && ${upload} ${vault} dir ${directory}/dir`,
    ),
    'psql | zstd': shell(
      `for t in event measure article; do psql -X "$LIFEBOAT_SOURCE_URL" -c "COPY $t TO STDOUT" | zstd -q -3 -T0; done > ${directory}/pipe`,
    ),
  });
  const { storedBytes } = JSON.parse(readFileSync(summary, 'utf8'));
  // Apart, for what tells of it would take its time too.
  const ours = await measureNode([lifeboat, 'backup', '--json'], environment);
  return {
    seconds,
    fasterThanPgDump: compare(seconds, 'pg_dump -Fc | upload', 'lifeboat'),
    ...(AWS_CLI === undefined
      ? {}
      : {
          fasterThanAwsCli: { ...compare(seconds, 'pg_dump -Fc | aws s3 cp', 'lifeboat'), version: AWS_CLI },
        }),
    fasterThanParallelPgDump: compare(seconds, 'pg_dump -Fd -j 2, upload', 'lifeboat'),
    timeOverFloor: compare(seconds, 'lifeboat', 'psql | zstd'),
    storedOverPgDump: rounded(storedBytes / statSync(join(directory, 'dump')).size),
    backupPeakMegabytes: ours.peakResidentMegabytes,
    backupProcessorSeconds: rounded(ours.processorSeconds),
  };
}
