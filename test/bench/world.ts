import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface BenchWorld {
  /** Of the S3 server. */
  readonly pid: number;
  readonly s3: { readonly bucket: string; readonly environment: Readonly<Record<string, string>> };
  stop(): void;
}

/** The test S3 server in a process of its own, so that its work is not counted as ours. */
export async function openBenchWorld(): Promise<BenchWorld> {
  const main = join(import.meta.dirname, '../support/s3-server/main.ts');
  const child = spawn(process.execPath, [main], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  const { bucket, environment } = JSON.parse(String(line));
  if (child.pid === undefined) throw new Error('the S3 server did not start');
  return { pid: child.pid, s3: { bucket, environment }, stop: () => child.kill() };
}
