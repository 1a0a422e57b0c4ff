import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

export const CHECKSUM_ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];

/** Either the checksum of the bytes, or of the concatenated checksums of the parts. */
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64; a composite one ends with `-<number of parts>`. */
  readonly value: string;
  readonly type: ChecksumType;
}

export interface RunningChecksum {
  update(bytes: Uint8Array): void;
  /** Base64. */
  digest(): string;
}

export function isChecksumAlgorithm(text: string): text is ChecksumAlgorithm {
  return (CHECKSUM_ALGORITHMS as readonly string[]).includes(text);
}

export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

export function checksumOfHeader(header: string): ChecksumAlgorithm | undefined {
  const name = header.toLowerCase().replace('x-amz-checksum-', '').toUpperCase();
  return isChecksumAlgorithm(name) ? name : undefined;
}

export function startChecksum(algorithm: ChecksumAlgorithm): RunningChecksum {
  switch (algorithm) {
    case 'CRC32':
      return startCrc32();
    case 'CRC32C':
      return startReflectedCrc(32, 0x82f63b78n);
    case 'CRC64NVME':
      return startReflectedCrc(64, 0x9a6c9329ac4bc9b5n);
    case 'SHA1':
    case 'SHA256': {
      const hash = createHash(algorithm.toLowerCase());
      return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('base64') };
    }
  }
}

/** The checksum of several parts' checksums. */
export function compositeChecksum(algorithm: ChecksumAlgorithm, parts: readonly string[]): string {
  const running = startChecksum(algorithm);
  for (const part of parts) running.update(Buffer.from(part, 'base64'));
  return `${running.digest()}-${parts.length}`;
}

function startCrc32(): RunningChecksum {
  let value = 0;
  return {
    update(bytes) {
      value = crc32(bytes, value);
    },
    digest() {
      const raw = Buffer.alloc(4);
      raw.writeUInt32BE(value);
      return raw.toString('base64');
    },
  };
}

/** Byte by byte with a table: slow, and only for clients that choose these algorithms. */
function startReflectedCrc(bits: 32 | 64, polynomial: bigint): RunningChecksum {
  const table = Array.from({ length: 256 }, (_, index) => {
    let entry = BigInt(index);
    for (let bit = 0; bit < 8; bit++) entry = entry & 1n ? polynomial ^ (entry >> 1n) : entry >> 1n;
    return { high: Number(entry >> 32n), low: Number(entry & 0xffffffffn) };
  });
  let high = bits === 64 ? 0xffffffff : 0;
  let low = 0xffffffff;
  return {
    update(bytes) {
      for (const byte of bytes) {
        const entry = table[(low ^ byte) & 0xff];
        if (!entry) throw new Error('unreachable: the table has 256 entries');
        low = (((low >>> 8) | ((high & 0xff) << 24)) ^ entry.low) >>> 0;
        high = ((high >>> 8) ^ entry.high) >>> 0;
      }
    },
    digest() {
      const raw = Buffer.alloc(bits / 8);
      if (bits === 64) raw.writeUInt32BE((high ^ 0xffffffff) >>> 0);
      raw.writeUInt32BE((low ^ 0xffffffff) >>> 0, bits / 8 - 4);
      return raw.toString('base64');
    },
  };
}
