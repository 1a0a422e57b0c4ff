import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ObjectStore, ObjectSummary } from '../../lib/engine/storage/object-store.ts';
import { openStore } from '../../lib/engine/storage/open-store.ts';

/**
 * Stands in for the AWS CLI where that is not installed, as far as restore.sh uses it, against AWS_ENDPOINT_URL:
 * `aws s3 cp --only-show-errors <url> <file>`, the same with `--recursive --exclude '*.copy.zst*'`, `aws s3 ls --recursive <url>/`.
 */
const [service, verb, ...rest] = process.argv.slice(2);
const [url = '', file = ''] = rest.filter((one) => !one.startsWith('--') && one !== '*.copy.zst*');
const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.*)$/.exec(url) ?? [];
const store = openStore(`s3://${bucket}`);
if (service !== 's3' || bucket === '')
  throw new TypeError(`not known here: ${process.argv.slice(2).join(' ')}`);
const all = rest.includes('--recursive') ? await Array.fromAsync(below(store, key)) : [];
if (verb === 'cp' && rest.includes('--recursive')) {
  const wanted = all.filter((one) => !one.key.includes('.copy.zst'));
  for (const one of wanted) await fetch(one.key, join(file, one.key.slice(key.length)));
} else if (verb === 'cp') await fetch(key, file);
else if (verb === 'ls') for (const one of all) process.stdout.write(`${lineOf(one)}\n`);
else throw new TypeError(`not known here: s3 ${verb}`);
await store.close();

async function fetch(name: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await pipeline(store.get(name), createWriteStream(path));
}

async function* below(from: ObjectStore, prefix: string): AsyncGenerator<ObjectSummary> {
  const { objects, prefixes } = await from.list(prefix);
  yield* objects;
  for (const one of prefixes) yield* below(from, one);
}

function lineOf({ key: name, sizeBytes, lastModified }: ObjectSummary): string {
  const at = lastModified.toISOString().slice(0, 19).replace('T', ' ');
  return `${at} ${String(sizeBytes).padStart(10)} ${name}`;
}
