import { isGone } from '../source/catalog/gone-role.ts';
import { childrenByParent } from './dependents.ts';
import {
  type Facts,
  type FactValue,
  type Fingerprint,
  type FingerprintEntry,
  isOrdered,
  majorOf,
  type ObjectKind,
  type ObjectName,
  objectKey,
} from './fingerprint.ts';
import { kindOfGrants } from './gone-roles.ts';
import { maintainIsBetween, sameGrantsButMaintain, withoutLines } from './grants.ts';

/** What a target is known not to have, decided before the comparison. */
export interface Skip {
  readonly kind: ObjectKind;
  /** Every object of the kind unless given. */
  readonly name?: string;
  /** Only these facts, definitions or notes; the whole object, with everything that hangs on it, unless given. */
  readonly facts?: readonly string[];
  readonly reason: string;
}

export type Layer = 'facts' | 'text' | 'note';

export interface FactDifference {
  readonly fact: string;
  /** Undefined where that side has none. Of definitions and long texts the hashes. */
  readonly source: FactValue | undefined;
  readonly target: FactValue | undefined;
}

/** One object, compared; an object that differs in several layers makes one item for each of them. */
export interface FingerprintItem extends ObjectName {
  readonly parent?: ObjectName;
  readonly verdict: 'match' | 'differs' | 'missing' | 'extra' | 'skipped';
  /** `note`: worth telling, no failure. */
  readonly layer: Layer;
  readonly differences?: readonly FactDifference[];
  /** Why it was skipped, or why it is only a note. */
  readonly reason?: string;
}

export interface CompareOptions {
  readonly skips?: readonly Skip[];
}

/** Facts that an older server has no word for: not compared when either side is older. */
const FACTS_SINCE: Readonly<Partial<Record<ObjectKind, Readonly<Record<string, number>>>>> = {
  type: { multirange: 14 },
};

/**
 * Every object of the source in its fingerprint's order, then what only the target has. Facts are compared always,
 * deparsed text between equal majors. What went missing or came along with its parent (the columns of a table, say) is
 * not told again.
 */
export function compareFingerprints(
  source: Fingerprint,
  target: Fingerprint,
  { skips = [] }: CompareOptions = {},
): FingerprintItem[] {
  const comparison = new Comparison(source, target, skips);
  return [...source.entries.flatMap((entry) => comparison.itemsOf(entry)), ...comparison.extras()];
}

class Comparison {
  readonly #source: ReadonlyMap<string, FingerprintEntry>;
  readonly #target: ReadonlyMap<string, FingerprintEntry>;
  readonly #sourceChildren: ReadonlyMap<string, readonly FingerprintEntry[]>;
  readonly #targetChildren: ReadonlyMap<string, readonly FingerprintEntry[]>;
  readonly #skips: ReadonlyMap<string, readonly Skip[]>;
  readonly #sameMajor: boolean;
  readonly #sourceMajor: number;
  readonly #olderMajor: number;
  readonly #newerMajor: number;

  constructor(source: Fingerprint, target: Fingerprint, skips: readonly Skip[]) {
    this.#source = byKey(source.entries);
    this.#target = byKey(target.entries);
    this.#sourceChildren = childrenByParent(source.entries);
    this.#targetChildren = childrenByParent(target.entries);
    this.#skips = Map.groupBy(skips, (skip) =>
      skip.name === undefined ? skip.kind : objectKey(skip as ObjectName),
    );
    this.#sameMajor = majorOf(source) === majorOf(target);
    this.#sourceMajor = majorOf(source);
    this.#olderMajor = Math.min(majorOf(source), majorOf(target));
    this.#newerMajor = Math.max(majorOf(source), majorOf(target));
  }

  itemsOf(entry: FingerprintEntry): FingerprintItem[] {
    const found = this.#target.get(objectKey(entry));
    if (found) return this.#compare(entry, found);
    const skipped = this.#wholeSkip(entry, this.#source);
    if (skipped) return [item(entry, 'skipped', 'facts', { reason: skipped.reason })];
    if (
      entry.parent &&
      this.#source.has(objectKey(entry.parent)) &&
      !this.#target.has(objectKey(entry.parent))
    ) {
      return [];
    }
    if (entry.kind === 'index' && entry.facts.invalid && !entry.facts.partitioned) {
      return [
        item(entry, 'missing', 'note', {
          reason: 'the source marks it invalid, and pg_dump leaves such an index out',
        }),
      ];
    }
    return [item(entry, 'missing', 'facts')];
  }

  extras(): FingerprintItem[] {
    const items: FingerprintItem[] = [];
    for (const [key, entry] of this.#target) {
      if (this.#source.has(key)) continue;
      const skipped = this.#wholeSkip(entry, this.#target);
      if (skipped) items.push(item(entry, 'skipped', 'facts', { reason: skipped.reason }));
      else if (
        !entry.parent ||
        this.#source.has(objectKey(entry.parent)) ||
        !this.#target.has(objectKey(entry.parent))
      ) {
        items.push(item(entry, 'extra', 'facts'));
      }
    }
    return items;
  }

  #compare(source: FingerprintEntry, target: FingerprintEntry): FingerprintItem[] {
    const differences: Record<Layer, FactDifference[]> = {
      facts: factDifferences(source.facts, target.facts).filter(
        (one) =>
          this.#counts(source.kind, one) &&
          !isOfGoneOwner(source, one) &&
          !this.#isOfExtension(source, target, one),
      ),
      text: this.#sameMajor ? factDifferences(source.text, target.text) : [],
      note: factDifferences(source.notes, target.notes),
    };
    const order = this.#orderDifference(source);
    if (order) differences[order.layer].push(order.difference);

    const whole = this.#wholeSkip(source, this.#source);
    const items: FingerprintItem[] = [];
    for (const layer of ['facts', 'text', 'note'] as const) {
      const byReason = Map.groupBy(
        differences[layer],
        ({ fact }) => (whole ?? this.#factSkip(source, fact))?.reason ?? null,
      );
      for (const [reason, group] of byReason) {
        items.push(
          reason === null
            ? item(source, 'differs', layer, { differences: group })
            : item(source, 'skipped', layer, { differences: group, reason }),
        );
      }
    }
    return items.length > 0 ? items : [item(source, 'match', 'facts')];
  }

  /**
   * The order of those columns that both sides have. A child of an inheritance (not a partition) whose columns came from
   * its parent after it was made is restored with the parent's columns first: pg_dump cannot do otherwise.
   */
  #orderDifference(parent: FingerprintEntry): { layer: Layer; difference: FactDifference } | undefined {
    const key = objectKey(parent);
    const source = this.#sourceChildren.get(key)?.filter(isOrdered) ?? [];
    const target = this.#targetChildren.get(key)?.filter(isOrdered) ?? [];
    const inTarget = new Set(target.map(({ name }) => name));
    const inSource = new Set(source.map(({ name }) => name));
    const sourceOrder = source.filter(({ name }) => inTarget.has(name)).map(({ name }) => name);
    const targetOrder = target.filter(({ name }) => inSource.has(name)).map(({ name }) => name);
    if (sameValue(sourceOrder, targetOrder)) return undefined;
    const inherited = source.some(({ facts }) => facts.inherited === true);
    return {
      layer: inherited ? 'note' : 'facts',
      difference: { fact: 'columnOrder', source: sourceOrder, target: targetOrder },
    };
  }

  /** Whether a difference is more than that of two majors. */
  #counts(kind: ObjectKind, { fact, source, target }: FactDifference): boolean {
    if (this.#olderMajor < (FACTS_SINCE[kind]?.[fact] ?? 0)) return false;
    const grantsMayDiffer = fact === 'grants' && maintainIsBetween(this.#olderMajor, this.#newerMajor);
    return !grantsMayDiffer || !sameGrantsButMaintain(grantsOf(kind, source), grantsOf(kind, target));
  }

  /** What a script of an extension granted on an object of the user's is not there without the extension. */
  #isOfExtension(
    { kind, facts: { grants, grantsOfExtensions, owner } }: FingerprintEntry,
    target: FingerprintEntry,
    { fact }: FactDifference,
  ): boolean {
    if (fact === 'grantsOfExtensions') return true;
    if (fact !== 'grants' || !Array.isArray(grants) || !Array.isArray(grantsOfExtensions)) return false;
    if (target.facts.grantsOfExtensions !== undefined) return false;
    const of = kindOfGrants(kind);
    const left = withoutLines(of, String(owner ?? ''), grants, grantsOfExtensions, this.#sourceMajor);
    const restored = grantsOf(kind, target.facts.grants);
    return maintainIsBetween(this.#olderMajor, this.#newerMajor)
      ? sameGrantsButMaintain(left, restored)
      : sameValue(left, restored);
  }

  /** The skip of the object or of the nearest ancestor that has one. */
  #wholeSkip(entry: FingerprintEntry, entries: ReadonlyMap<string, FingerprintEntry>): Skip | undefined {
    for (
      let one: FingerprintEntry | undefined = entry;
      one;
      one = one.parent && entries.get(objectKey(one.parent))
    ) {
      const skip = this.#skipsOf(one).find(({ facts }) => facts === undefined);
      if (skip) return skip;
    }
    return undefined;
  }

  #factSkip(entry: FingerprintEntry, fact: string): Skip | undefined {
    return this.#skipsOf(entry).find(({ facts }) => facts?.includes(fact));
  }

  #skipsOf(entry: FingerprintEntry): readonly Skip[] {
    return [...(this.#skips.get(objectKey(entry)) ?? []), ...(this.#skips.get(entry.kind) ?? [])];
  }
}

function item(
  { kind, name, parent }: FingerprintEntry,
  verdict: FingerprintItem['verdict'],
  layer: Layer,
  rest: Pick<FingerprintItem, 'differences' | 'reason'> = {},
): FingerprintItem {
  return { kind, name, ...(parent ? { parent } : {}), verdict, layer, ...rest };
}

/** Whoever restores owns what an owner owned that is gone, and has its privileges. */
function isOfGoneOwner({ kind, facts: { owner } }: FingerprintEntry, { fact, source }: FactDifference) {
  if (kind === 'large objects') return fact === 'ownersGrantsAndComments' && source === undefined;
  return typeof owner === 'string' && isGone(owner) && (fact === 'owner' || fact === 'grants');
}

function factDifferences(source: Facts = {}, target: Facts = {}): FactDifference[] {
  const names = new Set([...Object.keys(source), ...Object.keys(target)]);
  return [...names]
    .filter((fact) => !sameValue(source[fact], target[fact]))
    .map((fact) => ({ fact, source: source[fact], target: target[fact] }));
}

function sameValue(a: FactValue | undefined, b: FactValue | undefined): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  return a.length === b.length && a.every((one, position) => one === b[position]);
}

/** No fact: nothing was granted or revoked; of default privileges, which always say what they are, that nothing is left. */
function grantsOf(kind: ObjectKind, value: FactValue | undefined): readonly string[] | undefined {
  if (Array.isArray(value)) return value;
  return kind === 'default privileges' ? [] : undefined;
}

function byKey(entries: readonly FingerprintEntry[]): ReadonlyMap<string, FingerprintEntry> {
  return new Map(entries.map((entry) => [objectKey(entry), entry]));
}
