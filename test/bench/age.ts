import { randomBytes } from 'node:crypto';
import { Encrypter, generateHybridIdentity, generateIdentity, identityToRecipient } from 'age-encryption';
import { encrypt } from '../../lib/engine/age/encrypt.ts';
import { makeHeader } from '../../lib/engine/age/header.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { lifeboat } from './backup-contest.ts';
import { makeTables } from './growth.ts';
import { compare, inTurns, median, rounded, type Times } from './in-turns.ts';
import { measureNode } from './measured-process.ts';
import { withShopServer } from './shop-server.ts';
import type { BenchWorld } from './world.ts';

const PIECE_BYTES = 64 * 1024;
const PAYLOAD_MEGABYTES = 100;
const HEADERS = 500;

/** What encryption to recipients costs a whole backup: a database of so many megabytes, or of so many tables. */
export async function benchAge(
  world: BenchWorld,
  size: { megabytes?: number; tables?: number },
  rounds: number,
) {
  const { megabytes, tables } = size;
  if (megabytes !== undefined) {
    return await withShopServer(megabytes, async (server) => ({
      age: { megabytes },
      ...(await backups(world, server, rounds)),
      ...(await parts(rounds)),
    }));
  }
  const server = await startPostgres({ major: 15, settings: { max_locks_per_transaction: '512' } });
  try {
    await makeTables(server, tables ?? 0);
    return { age: { tables }, ...(await backups(world, server, rounds)) };
  } finally {
    await server.stop();
  }
}

/** The whole command with and without recipients, in turns; and the processor time of each, which noise changes less. */
async function backups({ s3 }: BenchWorld, server: PostgresServer, rounds: number) {
  const environment = {
    ...s3.environment,
    LIFEBOAT_SOURCE_URL: server.url(),
    LIFEBOAT_VAULT: `s3://${s3.bucket}/age`,
  };
  const recipients = {
    x25519: await identityToRecipient(await generateIdentity()),
    hybrid: await identityToRecipient(await generateHybridIdentity()),
  };
  const processor: Record<string, number[]> = { plain: [], x25519: [], hybrid: [] };
  const backup =
    (name: string, ...argv: string[]) =>
    async () => {
      const measured = await measureNode([lifeboat, 'backup', '--json', ...argv], environment);
      processor[name]?.push(rounded(measured.processorSeconds));
      return measured.seconds;
    };
  const seconds = await inTurns(rounds, {
    plain: backup('plain'),
    x25519: backup('x25519', '--age-recipient', recipients.x25519),
    hybrid: backup('hybrid', '--age-recipient', recipients.hybrid),
  });
  const cost = (times: Times) => ({
    times,
    x25519: compare(times, 'x25519', 'plain'),
    hybrid: compare(times, 'hybrid', 'plain'),
  });
  return { seconds: cost(seconds), processorSeconds: cost(processor) };
}

/** Payload and header by themselves, beside the library's own way to make them. */
async function parts(rounds: number) {
  const content = randomBytes(PAYLOAD_MEGABYTES * 1e6);
  const recipient = await identityToRecipient(await generateIdentity());
  async function* pieces() {
    for (let at = 0; at < content.length; at += PIECE_BYTES) yield content.subarray(at, at + PIECE_BYTES);
  }
  const library = () => {
    const encrypter = new Encrypter();
    encrypter.addRecipient(recipient);
    return encrypter;
  };
  const timed = (work: () => Promise<unknown>) => async () => {
    const started = performance.now();
    await work();
    return (performance.now() - started) / 1000;
  };
  const drained = async (stream: AsyncIterable<Uint8Array>) => {
    for await (const _piece of stream);
  };
  const seconds = await inTurns(Math.max(rounds, 3), {
    payload: timed(() => drained(encrypt([recipient], pieces()))),
    'payload by the library': timed(async () => {
      await drained(await library().encrypt(ReadableStream.from(pieces())));
    }),
    headers: timed(async () => {
      for (let made = 0; made < HEADERS; made += 1) await makeHeader([recipient]);
    }),
    'headers by the library': timed(async () => {
      for (let made = 0; made < HEADERS; made += 1) await library().encrypt(new Uint8Array(0));
    }),
  });
  return {
    payload: {
      megabytesPerSecond: Math.round(PAYLOAD_MEGABYTES / median(seconds.payload)),
      overLibrary: compare(seconds, 'payload by the library', 'payload'),
    },
    header: {
      milliseconds: rounded((median(seconds.headers) / HEADERS) * 1000),
      overLibrary: compare(seconds, 'headers by the library', 'headers'),
    },
  };
}
