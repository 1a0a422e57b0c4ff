/** Uploads standard input, or each file of a directory, into a vault: the second half of the pipelines people use. */
import { createReadStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '../../lib/engine/storage/open-store.ts';

const [url = '', name = '', directory] = process.argv.slice(2);
const store = openStore(url);
if (directory === undefined) await store.upload(name, process.stdin);
else {
  const files = readdirSync(directory);
  await Promise.all(
    files.map((file) => store.upload(`${name}/${file}`, createReadStream(join(directory, file)))),
  );
}
await store.close();
