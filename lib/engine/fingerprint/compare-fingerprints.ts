import { isGone } from '../catalog/gone-role.ts';
import { childrenByParent } from './dependents.ts';
import {
  type Facts,
  type FactValue,
  type Fingerprint,
  type FingerprintEntry,
  isOrdered,
  majorOfFingerprint,
  type ObjectKind,
  type ObjectName,
  objectKey,
} from './fingerprint.ts';
import { kindOfGrants } from './forget-gone-roles.ts';
import { maintainIsBetween, sameGrantsButMaintain, withoutLines } from './grants.ts';
import { inetClassIsBetween, sameColumnsButInetClass } from './inet-classes.ts';
import { unknownOptions } from './own-options.ts';

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
  /** Why a difference of deparsed text, at an object of the source, is none but a note; undefined where it is one. */
  readonly explainText?: (entry: FingerprintEntry, difference: FactDifference) => string | undefined;
}

const PROVEN_IN_CHILD =
  'only the child validated it, and a dump takes it from the parent, where it is NOT VALID';

/** What pg_dump cannot keep of a child of an inheritance, by the fact that shows it as a note. */
const LOST_BY_DUMP: Readonly<Record<string, string>> = {
  columnOrder:
    "its columns are in a different order, because a dump gives a child its parents' columns first",
  notValid: PROVEN_IN_CHILD,
  definition: PROVEN_IN_CHILD,
};

const RELATIONS_WITH_CHILDREN = ['table', 'foreign table'] as const;

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
  options: CompareOptions = {},
): FingerprintItem[] {
  const comparison = new Comparison(source, target, options);
  return [...source.entries.flatMap((entry) => comparison.itemsOf(entry)), ...comparison.extras()];
}

class Comparison {
  readonly #source: ReadonlyMap<string, FingerprintEntry>;
  readonly #target: ReadonlyMap<string, FingerprintEntry>;
  readonly #sourceChildren: ReadonlyMap<string, readonly FingerprintEntry[]>;
  readonly #targetChildren: ReadonlyMap<string, readonly FingerprintEntry[]>;
  readonly #skips: ReadonlyMap<string, readonly Skip[]>;
  readonly #explainText: NonNullable<CompareOptions['explainText']>;
  readonly #sameMajor: boolean;
  readonly #sourceMajor: number;
  readonly #olderMajor: number;
  readonly #newerMajor: number;

  constructor(
    source: Fingerprint,
    target: Fingerprint,
    { skips = [], explainText = () => undefined }: CompareOptions,
  ) {
    this.#explainText = explainText;
    this.#source = byKey(source.entries);
    this.#target = byKey(target.entries);
    this.#sourceChildren = childrenByParent(source.entries);
    this.#targetChildren = childrenByParent(target.entries);
    this.#skips = Map.groupBy(skips, (skip) =>
      skip.name === undefined ? skip.kind : objectKey(skip as ObjectName),
    );
    this.#sameMajor = majorOfFingerprint(source) === majorOfFingerprint(target);
    this.#sourceMajor = majorOfFingerprint(source);
    this.#olderMajor = Math.min(majorOfFingerprint(source), majorOfFingerprint(target));
    this.#newerMajor = Math.max(majorOfFingerprint(source), majorOfFingerprint(target));
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
    const counting = factDifferences(source.facts, target.facts).filter(
      (one) =>
        this.#counts(source.kind, one) &&
        !isOfGoneOwner(source, one) &&
        !this.#isOfExtension(source, target, one),
    );
    const ofOptions = Map.groupBy(counting, (one) => unknownOptions(source, one)?.join(', '));
    const { facts = [], note = [] } = Object.groupBy(ofOptions.get(undefined) ?? [], (one) =>
      isLostByDump(source, one) ? 'note' : 'facts',
    );
    const texts = this.#sameMajor ? factDifferences(source.text, target.text) : [];
    const isParents = note.length > 0 && this.#isTextOfParent(target);
    const differences: Record<Layer, FactDifference[]> = {
      facts,
      text: isParents ? [] : texts,
      note: [...note, ...(isParents ? texts : []), ...factDifferences(source.notes, target.notes)],
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
        if (reason !== null) items.push(item(source, 'skipped', layer, { differences: group, reason }));
        else items.push(...this.#differing(source, layer, group));
      }
    }
    ofOptions.delete(undefined);
    for (const [names, group] of ofOptions) {
      const reason = `the option ${names} is not known to be set by users; a server may set it by itself`;
      items.push(item(source, 'differs', 'note', { differences: group, reason }));
    }
    return items.length > 0 ? items : [item(source, 'match', 'facts')];
  }

  #differing(source: FingerprintEntry, layer: Layer, differences: FactDifference[]): FingerprintItem[] {
    if (layer === 'facts') return [item(source, 'differs', layer, { differences })];
    const byReason = Map.groupBy(
      differences,
      (one) => (layer === 'note' ? LOST_BY_DUMP[one.fact] : this.#explainText(source, one)) ?? null,
    );
    return [...byReason].map(([reason, group]) =>
      reason === null
        ? item(source, 'differs', layer, { differences: group })
        : item(source, 'differs', 'note', { differences: group, reason }),
    );
  }

  /**
   * The order of those columns that both sides have. A child of an inheritance (not a partition) that got a parent, or columns
   * from it, after it was made is restored with the parents' columns first: pg_dump cannot do otherwise.
   */
  #orderDifference(table: FingerprintEntry): { layer: Layer; difference: FactDifference } | undefined {
    const source = this.#columnsOf(table, this.#sourceChildren);
    const target = this.#columnsOf(table, this.#targetChildren);
    const sourceOrder = source.filter((name) => target.includes(name));
    const targetOrder = target.filter((name) => source.includes(name));
    if (sameValue(sourceOrder, targetOrder)) return undefined;
    const parents = Array.isArray(table.facts.inherits) ? table.facts.inherits : [];
    const ofParents = parents.map((name) =>
      RELATIONS_WITH_CHILDREN.flatMap((kind) => this.#columnsOf({ kind, name }, this.#targetChildren)),
    );
    const madeAgain = [...new Set([...ofParents.flat(), ...sourceOrder])].filter((name) =>
      target.includes(name),
    );
    // An extension's table may be the parent, whose columns are not told here.
    const mayBe = ofParents.some((columns) => columns.length === 0) || sameValue(madeAgain, targetOrder);
    const whole = (names: readonly string[]) => names.map((name) => `${table.name}.${name}`);
    return {
      layer: parents.length > 0 && mayBe ? 'note' : 'facts',
      difference: { fact: 'columnOrder', source: whole(sourceOrder), target: whole(targetOrder) },
    };
  }

  /** Whether a constraint of a child is defined in the words of the parent's: NOT VALID, which is one of them, say. */
  #isTextOfParent({ name, parent, text }: FingerprintEntry): boolean {
    const table = parent && this.#target.get(objectKey(parent));
    const parents = Array.isArray(table?.facts.inherits) ? table.facts.inherits : [];
    return parents.some((other) => {
      const constraint = `${name.slice(0, -(table?.name.length ?? 0))}${other}`;
      const ofParent = this.#target.get(objectKey({ kind: 'constraint', name: constraint }));
      return ofParent !== undefined && sameValue(ofParent.text?.definition, text?.definition);
    });
  }

  /** Names of columns or attributes, without the table's, in their order. */
  #columnsOf(table: ObjectName, children: ReadonlyMap<string, readonly FingerprintEntry[]>): string[] {
    const columns = children.get(objectKey(table))?.filter(isOrdered) ?? [];
    return columns.map(({ name }) => name.slice(table.name.length + 1));
  }

  /** Whether a difference is more than that of two majors. */
  #counts(kind: ObjectKind, { fact, source, target }: FactDifference): boolean {
    if (this.#olderMajor < (FACTS_SINCE[kind]?.[fact] ?? 0)) return false;
    if (fact === 'columns' && inetClassIsBetween(this.#olderMajor, this.#newerMajor)) {
      return !sameColumnsButInetClass(source, target);
    }
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

/**
 * A child may have proven what its parent has NOT VALID, by VALIDATE CONSTRAINT or because it was made, without rows, after it.
 * A dump has the constraint from the parent alone.
 */
function isLostByDump({ kind, facts }: FingerprintEntry, { fact, source, target }: FactDifference): boolean {
  const provenInChild = fact === 'notValid' && source === undefined && target === true;
  return kind === 'constraint' && facts.inherited === true && provenInChild;
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
