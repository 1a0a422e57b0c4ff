import { createServer } from 'node:net';
import { expect } from 'vitest';
import { DRILL_TASK_VARIABLES } from '../../../lib/contract/drill-task.ts';
import type { DrillReport } from '../../../lib/engine/archive/drill-report.ts';
import { type BackupPlace, proofKey } from '../../../lib/engine/archive/keys.ts';
import { nameOfBackup } from '../../../lib/engine/archive/listing.ts';
import { backup } from '../../../lib/engine/backup/backup.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import type { ObjectStore } from '../../../lib/engine/storage/object-store.ts';
import { openS3Store } from '../../../lib/engine/storage/s3.ts';
import { type AwsServer, startAwsServer } from '../aws/aws-server.ts';
import { type PostgresServer, type ServerOptions, startPostgres } from '../postgres-server.ts';
import { type S3Server, startS3Server } from '../s3-server/server.ts';
import { type Container, runContainer, TaskVolumes } from './container.ts';
import type { SynthesizedDrill } from './synthesized-drill.ts';

/** A task of a drill that runs, or has run. */
export interface DrillRun {
  readonly volumes: TaskVolumes;
  readonly server: Container;
  /** Undefined where the server ended before it could be reached: then ECS would not start it. */
  readonly program: Container | undefined;
  readonly port: number;
  /** Ends what is left, as ECS does when the program has ended. */
  end(): Promise<void>;
}

/** A source of a major, its backup in S3, and what a task talks to. */
export interface DrillWorld {
  readonly source: PostgresServer;
  readonly place: BackupPlace;
  readonly s3: S3Server;
  readonly aws: AwsServer;
  readonly store: ObjectStore;
  /** Runs the containers as ECS would: one after the other, each when what it depends on is there. */
  start(binaries: string): Promise<DrillRun>;
  proof(): Promise<DrillReport | undefined>;
  stop(): Promise<void>;
}

export async function openDrillWorld(
  drill: SynthesizedDrill,
  source: ServerOptions,
  sql: string,
  database = 'postgres',
  created = '',
): Promise<DrillWorld> {
  const [server, s3, aws] = await Promise.all([startPostgres(source), startS3Server({}), startAwsServer()]);
  if (created !== '') await server.run(created);
  await server.run(sql, database);
  const { endpoint, region, credentials, bucket } = s3;
  const store = openS3Store({ bucket, endpoint, region, credentials, prefix: '' });
  const place: BackupPlace = { retentionClass: 'daily', source: 'app', backupId: '20261120T020000Z' };
  await backup({ settings: connectionSettings(server.url(database)), store, place });
  return {
    ...{ source: server, place, s3, aws, store },
    async start(binaries) {
      const volumes = new TaskVolumes();
      drill.unpack(volumes);
      const port = await freePort();
      const variables = {
        ...{ ...s3.environment(), ...aws.environment() },
        LIFEBOAT_ENVIRONMENT: 'sandbox',
        LIFEBOAT_SOURCE: 'app',
        LIFEBOAT_VAULT: `s3://${bucket}`,
        [DRILL_TASK_VARIABLES.backup]: nameOfBackup(place),
        [DRILL_TASK_VARIABLES.jobs]: '2',
        [DRILL_TASK_VARIABLES.port]: String(port),
        [DRILL_TASK_VARIABLES.memoryMb]: '512',
        [DRILL_TASK_VARIABLES.walMb]: '128',
        [DRILL_TASK_VARIABLES.locales]: 'de_DE.UTF-8',
      };
      const { prepare, server: ofServer, program: ofProgram } = drill.containers;
      const prepared = runContainer(prepare, volumes, {});
      expect(await prepared.exitCode, prepared.log()).toBe(0);
      const running = runContainer(ofServer, volumes, { binaries, variables });
      let ended = false;
      void running.exitCode.then(() => {
        ended = true;
      });
      await expect
        .poll(async () => ended || (await answers(port)), { timeout: 120_000, interval: 50 })
        .toBe(true);
      const program = ended ? undefined : runContainer(ofProgram, volumes, { variables });
      return {
        ...{ volumes, server: running, program, port },
        async end() {
          for (const one of [program, running]) one?.child.kill('SIGKILL');
          await Promise.all([program?.exitCode, running.exitCode]);
          volumes.remove();
        },
      };
    },
    async proof() {
      if (!(await store.head(proofKey(place)))) return undefined;
      const pieces: Uint8Array[] = [];
      for await (const piece of store.get(proofKey(place))) pieces.push(Buffer.from(piece));
      return JSON.parse(Buffer.concat(pieces).toString()) as DrillReport;
    },
    async stop() {
      await store.close();
      await Promise.all([server.stop(), s3.stop(), aws.stop()]);
    },
  };
}

async function answers(port: number): Promise<boolean> {
  const { connect } = await import('node:net');
  return await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
