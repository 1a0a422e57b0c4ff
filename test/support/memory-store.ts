import {
  type Listing,
  ObjectExistsError,
  ObjectMissingError,
  type ObjectStore,
  type PutOptions,
} from '../../lib/engine/storage/object-store.ts';

/** A vault in memory, for tests that damage a copy of the same archive many times over. */
export class MemoryStore implements ObjectStore {
  readonly url = 'memory:///vault';
  readonly objects: Map<string, Buffer>;
  /** What was asked of it: `list daily/`, `get daily/shop/…`. */
  readonly requests: string[] = [];
  /** As if S3 had replicated everything from another bucket. */
  isReplica = false;

  constructor(objects: Iterable<readonly [string, Buffer]> = []) {
    this.objects = new Map(objects);
  }

  async put(key: string, body: Uint8Array, options: PutOptions = {}): Promise<void> {
    if (options.ifAbsent !== false && this.objects.has(key)) throw new ObjectExistsError(key, this.url);
    this.objects.set(key, Buffer.from(body));
  }

  async upload(key: string, body: AsyncIterable<Uint8Array>): Promise<{ sizeBytes: number }> {
    const pieces: Uint8Array[] = [];
    for await (const piece of body) pieces.push(piece);
    if (this.objects.has(key)) throw new ObjectExistsError(key, this.url);
    this.objects.set(key, Buffer.concat(pieces));
    return { sizeBytes: Buffer.concat(pieces).length };
  }

  async *get(key: string, { signal }: { signal?: AbortSignal } = {}): AsyncGenerator<Uint8Array> {
    this.requests.push(`get ${key}`);
    const object = this.objects.get(key);
    if (!object) throw new ObjectMissingError(key, this.url);
    for (let start = 0; start < object.length; start += 1000) {
      signal?.throwIfAborted();
      yield object.subarray(start, start + 1000);
    }
  }

  async head(key: string) {
    this.requests.push(`head ${key}`);
    const object = this.objects.get(key);
    if (!object) return undefined;
    const found = { key, sizeBytes: object.length, lastModified: new Date(0) };
    return this.isReplica ? { ...found, isReplica: true } : found;
  }

  async list(prefix: string): Promise<Listing> {
    this.requests.push(`list ${prefix}`);
    const below = [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
    const folder = (key: string) => key.indexOf('/', prefix.length);
    return {
      objects: below
        .filter((key) => folder(key) === -1)
        .map((key) => ({ key, sizeBytes: this.objects.get(key)?.length ?? 0, lastModified: new Date(0) })),
      prefixes: [
        ...new Set(below.filter((key) => folder(key) !== -1).map((key) => key.slice(0, folder(key) + 1))),
      ],
    };
  }

  async close(): Promise<void> {}
}
