import { InvalidArgumentError } from 'commander';
import type { Threshold } from '../../engine/health/finding.ts';

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
};

/** A parser for commander: `8GB`, `500 MB`, `1.5TiB`, `1000000` bytes. */
export function sizeValue(text: string): number {
  const [, digits, unit = 'B'] = /^(\d+(?:\.\d+)?) ?([A-Za-z]+)?$/.exec(text.trim()) ?? [];
  const bytes = Math.round(Number(digits) * (UNITS[unit.toUpperCase()] ?? Number.NaN));
  if (bytes >= 1 && bytes <= Number.MAX_SAFE_INTEGER) return bytes;
  throw new InvalidArgumentError('It must be a size, such as 8GB, 500MB or 1.5TiB.');
}

export type GivenThresholds = Readonly<Record<string, Threshold>>;

/** A parser for commander that may be given several times: `connections=70/90`, `bloat=60`, `rollbacks=off`. */
export function thresholdValue(text: string, before: GivenThresholds = {}): GivenThresholds {
  const [, name = '', warning = '', critical] =
    /^([a-z-]+)=(off|\d+(?:\.\d+)?)(?:\/(off|\d+(?:\.\d+)?))?$/.exec(text) ?? [];
  if (name === '') {
    throw new InvalidArgumentError(
      'It must be a check and its thresholds, such as connections=70/90, bloat=60 or rollbacks=off.',
    );
  }
  return { ...before, [name]: { warning: limitOf(warning), critical: limitOf(critical) } };
}

/** A threshold that is not written is switched off: `bloat=60` is never critical. */
function limitOf(text: string | undefined): number | null {
  return text === undefined || text === 'off' ? null : Number(text);
}
