import { mapElements } from './array-text.ts';
import type { ColumnType } from './column-type.ts';
import { type MakeUp, uuidOf } from './fakes.ts';
import { maskJson } from './json-text.ts';
import { KeyedDigest } from './keyed-digest.ts';
import type { Rule, SimpleRule } from './masks-file.ts';

/**
 * Changes a value; null: NULL. The value is text as PostgreSQL prints it, and never NULL. `onPart` is told of the elements of an
 * array and of the values in a document that were changed.
 */
export interface MaskValue {
  (value: string, onPart?: (original: string) => void): string | null;
  /** The paths into documents that led to no value until now; undefined if there was no document, or the rule has no paths. */
  readonly unmetPaths?: () => readonly string[] | undefined;
}

export interface MaskTools {
  /** Makes digests that nobody can make who does not have the key. */
  readonly key: string;
  /** Undefined if no rule makes up values. */
  readonly makeUp: MakeUp | undefined;
}

/** Why a rule does not fit a column; it completes "the rule …". */
export class UnfitRule extends Error {}

/** Values that often come again, as those of foreign keys do. */
const KEPT_VALUES = 20_000;
/** Values of a column without repetitions that pass before it is tried again. */
const PAUSE_VALUES = 20 * KEPT_VALUES;
/** A made-up value that equals the original by chance is made up anew. */
const MOST_TRIES = 20;

const DOMAIN = /@[\w-]+(?:\.[\w-]+)+$/;
const IPV4_NETWORK = /^(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}(?:\/\d+)?$/;

/** The function that masks the values of a column; undefined: they are kept. Throws {@link UnfitRule}. */
export function maskOf(rule: Rule, type: ColumnType, tools: MaskTools): MaskValue | undefined {
  if (rule === 'keep') return undefined;
  if (rule === 'null') return () => null;
  if (typeof rule === 'object' && 'fixed' in rule) return () => String(rule.fixed);
  if (typeof rule === 'object' && 'json' in rule) {
    if (type.kind !== 'json' || type.isArray) throw new UnfitRule('json needs a column of json or jsonb');
    const rules = Object.entries(rule.json).flatMap(([path, inner]) => {
      const mask = maskOf(inner, TEXT, tools);
      if (!mask) return [];
      const met = (value: string) => {
        unmet.delete(path);
        return mask(value);
      };
      return [{ path: path.split('.'), mask: met }];
    });
    const unmet = new Set(rules.map(({ path }) => path.join('.')));
    let hasMetDocument = false;
    const masked = (value: string, onPart?: (original: string) => void) => {
      hasMetDocument = true;
      return maskJson(value, rules, onPart);
    };
    return Object.assign(masked, { unmetPaths: () => (hasMetDocument ? [...unmet] : undefined) });
  }
  const element = remembering(elementMask(rule, type, tools));
  if (!type.isArray) return element;
  return (value, onPart) =>
    mapElements(value, (one) => {
      const made = element(one);
      if (made !== one) onPart?.(one);
      return made;
    });
}

const TEXT: ColumnType = { name: 'text', kind: 'text', isArray: false, length: undefined, largest: 0n };

function elementMask(
  rule: 'hash' | Extract<SimpleRule, { fake: unknown }> | Extract<SimpleRule, { partial: unknown }>,
  type: ColumnType,
  { key, makeUp }: MaskTools,
): (value: string) => string {
  const digest = new KeyedDigest(key);
  const cut = (text: string) => (type.length === undefined ? text : text.slice(0, type.length));
  if (rule === 'hash') {
    const hash = hashFor(type);
    return (value) => cut(hash(digest, value));
  }
  if ('fake' in rule) {
    if (!makeUp) throw new TypeError('made-up values were not loaded');
    const { fake } = rule;
    const fits =
      type.kind === 'text' ||
      (type.kind === 'uuid' && fake === 'uuid') ||
      ((type.kind === 'date' || type.kind === 'timestamp') && fake === 'date') ||
      ((type.kind === 'integer' || type.kind === 'numeric') && fake === 'number') ||
      (type.kind === 'network' && fake === 'ip');
    if (!fits) throw new UnfitRule(`fake ${fake} does not fit the type ${type.name}`);
    return (value) => {
      if (value === '') return value;
      for (let round = 0; ; round += 1) {
        const made = cut(makeUp(fake, digest.bytes(round === 0 ? value : `${round}\0${value}`)));
        if (made !== value || round >= MOST_TRIES) return made;
      }
    };
  }
  const { partial } = rule;
  switch (partial) {
    case 'domain':
      if (type.kind !== 'text') break;
      // `@handle` is no domain, and would be all of it.
      return (value) => cut(`${digest.hex(value).slice(0, 16)}${DOMAIN.exec(value)?.[0] ?? ''}`);
    case 'first':
      if (type.kind !== 'text') break;
      return (value) => `${[...value][0] ?? ''}${'*'.repeat(Math.max(0, [...value].length - 1))}`;
    case 'last4':
      if (type.kind !== 'text') break;
      return (value) => {
        const characters = [...value];
        // Of a short value, the last four would be all of it.
        const kept = characters.length > 8 ? characters.slice(-4).join('') : '';
        return `${'*'.repeat(characters.length - kept.length)}${kept}`;
      };
    case 'year':
      if (type.kind !== 'date' && type.kind !== 'timestamp') break;
      return (value) =>
        /^\d{4,}-/.test(value)
          ? `${value.slice(0, value.indexOf('-'))}-01-01${value.endsWith(' BC') ? ' BC' : ''}`
          : value;
    case 'network':
      if (type.name !== 'inet' && type.kind !== 'text') break;
      return (value) =>
        value.includes(':') ? '2001:db8::' : `${IPV4_NETWORK.exec(value)?.[1] ?? '0.0.0'}.0`;
  }
  throw new UnfitRule(`partial ${partial} does not fit the type ${type.name}`);
}

function hashFor({
  kind,
  name,
  largest,
  isArray,
}: ColumnType): (digest: KeyedDigest, value: string) => string {
  switch (kind) {
    case 'text':
      return (digest, value) => digest.hex(value).slice(0, 32);
    case 'uuid':
      return (digest, value) => uuidOf(digest.bytes(value));
    case 'integer':
      return (digest, value) => String(digest.bytes(value).readBigUInt64LE(0) % largest);
    case 'bytes':
      if (isArray) break;
      return (digest, value) => `\\x${digest.hex(value)}`;
    default:
  }
  throw new UnfitRule(`hash does not fit the type ${name}`);
}

/** Remembers what came of a value, as long as values come again: to remember one costs as much as to hash it. */
function remembering(mask: (value: string) => string): (value: string) => string {
  const known = new Map<string, string>();
  let again = 0;
  let unremembered = 0;
  return (value) => {
    if (unremembered > 0) {
      unremembered -= 1;
      return mask(value);
    }
    const before = known.get(value);
    if (before !== undefined) {
      again += 1;
      return before;
    }
    const made = mask(value);
    if (known.size >= KEPT_VALUES) {
      if (again < KEPT_VALUES) unremembered = PAUSE_VALUES;
      known.clear();
      again = 0;
    }
    if (value.length <= 256) known.set(value, made);
    return made;
  };
}
