import { isGone } from '../catalog/gone-role.ts';
import { noErrorIsBetween, sameFunctionButNoError } from './conversion-function.ts';
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

/** An object, or some of its facts, that the target is known to lack. Decided before the comparison. */
export interface Skip {
  readonly kind: ObjectKind;
  /** @default every object of the kind */
  readonly name?: string;
  /**
   * Only these facts, definitions or notes are skipped.
   * @default the whole object, with everything that depends on it
   */
  readonly facts?: readonly string[];
  readonly reason: string;
}

export type Layer = 'facts' | 'text' | 'note';

export interface FactDifference {
  readonly fact: string;
  /** Undefined where this side has none. Definitions and long texts are given as hashes. */
  readonly source: FactValue | undefined;
  readonly target: FactValue | undefined;
}

/** The comparison of one object. An object that differs in several layers has one item for each layer. */
export interface FingerprintItem extends ObjectName {
  readonly parent?: ObjectName;
  readonly verdict: 'match' | 'differs' | 'missing' | 'extra' | 'skipped';
  /** `note`: worth reporting, but not a failure. */
  readonly layer: Layer;
  readonly differences?: readonly FactDifference[];
  /** Why it was skipped, or why it is only a note. */
  readonly reason?: string;
}

export interface CompareOptions {
  readonly skips?: readonly Skip[];
  /**
   * Explains why a difference in the deparsed text of a source object is only a note. Returns undefined where
   * it is a real difference.
   */
  readonly explainText?: (entry: FingerprintEntry, difference: FactDifference) => string | undefined;
}

const PROVEN_IN_CHILD =
  'only the child validated it, and a dump takes it from the parent, where it is NOT VALID';

/** What pg_dump cannot preserve in an inheritance child: reasons for notes, by fact. */
const LOST_BY_DUMP: Readonly<Record<string, string>> = {
  columnOrder:
    "its columns are in a different order, because a dump gives a child its parents' columns first",
  notValid: PROVEN_IN_CHILD,
  definition: PROVEN_IN_CHILD,
};

const RELATIONS_WITH_CHILDREN = ['table', 'foreign table'] as const;

/** Facts that older servers cannot express. They are not compared when either side is older. */
const FACTS_SINCE: Readonly<Partial<Record<ObjectKind, Readonly<Record<string, number>>>>> = {
  type: { multirange: 14 },
};

/**
 * Compares two fingerprints. Lists every object of the source in the order of its fingerprint, then the
 * objects that only the target has. Facts are always compared; deparsed text is compared between equal majors
 * only. An object that is missing or extra together with its parent (the column of a missing table) is not
 * reported again.
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
   * Compares the order of the columns that both sides have. An inheritance child (not a partition) that got a
   * parent, or columns from it, after its creation is restored with the parents' columns first: pg_dump
   * cannot do otherwise.
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
    // The parent may be a table of an extension, whose columns are not in a fingerprint.
    const mayBe = ofParents.some((columns) => columns.length === 0) || sameValue(madeAgain, targetOrder);
    const whole = (names: readonly string[]) => names.map((name) => `${table.name}.${name}`);
    return {
      layer: parents.length > 0 && mayBe ? 'note' : 'facts',
      difference: { fact: 'columnOrder', source: whole(sourceOrder), target: whole(targetOrder) },
    };
  }

  /**
   * Whether a child's constraint has the same text as the parent's, which includes words such as NOT VALID.
   */
  #isTextOfParent({ name, parent, text }: FingerprintEntry): boolean {
    const table = parent && this.#target.get(objectKey(parent));
    const parents = Array.isArray(table?.facts.inherits) ? table.facts.inherits : [];
    return parents.some((other) => {
      const constraint = `${name.slice(0, -(table?.name.length ?? 0))}${other}`;
      const ofParent = this.#target.get(objectKey({ kind: 'constraint', name: constraint }));
      return ofParent !== undefined && sameValue(ofParent.text?.definition, text?.definition);
    });
  }

  /** The names of the columns or attributes in order, without the name of the table. */
  #columnsOf(table: ObjectName, children: ReadonlyMap<string, readonly FingerprintEntry[]>): string[] {
    const columns = children.get(objectKey(table))?.filter(isOrdered) ?? [];
    return columns.map(({ name }) => name.slice(table.name.length + 1));
  }

  /** Whether a difference is more than the difference between two majors. */
  #counts(kind: ObjectKind, { fact, source, target }: FactDifference): boolean {
    if (this.#olderMajor < (FACTS_SINCE[kind]?.[fact] ?? 0)) return false;
    if (fact === 'columns' && inetClassIsBetween(this.#olderMajor, this.#newerMajor)) {
      return !sameColumnsButInetClass(source, target);
    }
    if (
      kind === 'conversion' &&
      fact === 'function' &&
      noErrorIsBetween(this.#olderMajor, this.#newerMajor)
    ) {
      return !sameFunctionButNoError(source, target);
    }
    const grantsMayDiffer = fact === 'grants' && maintainIsBetween(this.#olderMajor, this.#newerMajor);
    return !grantsMayDiffer || !sameGrantsButMaintain(grantsOf(kind, source), grantsOf(kind, target));
  }

  /**
   * Whether an extension's script granted these privileges on a user's object. Without the extension they are
   * missing.
   */
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

  /** Finds the skip of the object, or of its nearest ancestor that has one. */
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
 * Whether a dump loses the difference. A child may have validated a constraint that is NOT VALID at its
 * parent: by VALIDATE CONSTRAINT, or because it was created later and without rows. A dump holds only the
 * parent's constraint.
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

/** Whether the owner is a dropped role. The restoring role then owns the object and has the privileges. */
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

/**
 * The grants of an object. A missing value means that nothing was granted or revoked; for default privileges,
 * which are always spelled out, it means that nothing is left.
 */
function grantsOf(kind: ObjectKind, value: FactValue | undefined): readonly string[] | undefined {
  if (Array.isArray(value)) return value;
  return kind === 'default privileges' ? [] : undefined;
}

function byKey(entries: readonly FingerprintEntry[]): ReadonlyMap<string, FingerprintEntry> {
  return new Map(entries.map((entry) => [objectKey(entry), entry]));
}
