import { statSync } from 'node:fs';
import { join } from 'node:path';
import { compare, inTurns, rounded } from './in-turns.ts';
import { type Measured, measureNode, measureShell } from './measured-process.ts';

export const lifeboat = join(import.meta.dirname, '../../bin/lifeboat.mjs');
const upload = `"${process.execPath}" ${join(import.meta.dirname, 'upload.ts')}`;

export interface BackupContest {
  /** Of the commands: the vault's credentials, `LIFEBOAT_SOURCE_URL`, `LIFEBOAT_VAULT`. */
  readonly environment: Readonly<Record<'LIFEBOAT_SOURCE_URL' | 'LIFEBOAT_VAULT', string>>;
  /** For what the pipelines write beside the vault. */
  readonly directory: string;
}

/** Whole backups of one database of a shop into one vault: Lifeboat's beside the pipelines people use, in turns. */
export async function runBackupContest({ environment, directory }: BackupContest, rounds: number) {
  const vault = environment.LIFEBOAT_VAULT;
  const shell = (command: string) => () => measureShell(command, environment);
  const ours: Measured[] = [];
  const seconds = await inTurns(rounds, {
    lifeboat: async () => {
      const run = await measureNode([lifeboat, 'backup', '--json'], environment);
      ours.push(run);
      return run.seconds;
    },
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
  const storedBytes = JSON.parse(ours.at(-1)?.stdout ?? '').storedBytes;
  return {
    seconds,
    fasterThanPgDump: compare(seconds, 'pg_dump -Fc | upload', 'lifeboat'),
    fasterThanParallelPgDump: compare(seconds, 'pg_dump -Fd -j 2, upload', 'lifeboat'),
    timeOverFloor: compare(seconds, 'lifeboat', 'psql | zstd'),
    storedOverPgDump: rounded(storedBytes / statSync(join(directory, 'dump')).size),
    backupPeakMegabytes: Math.max(...ours.map(({ peakResidentMegabytes }) => peakResidentMegabytes)),
    backupProcessorSeconds: ours.map(({ processorSeconds }) => rounded(processorSeconds)),
  };
}
