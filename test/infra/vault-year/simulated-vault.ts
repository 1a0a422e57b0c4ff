import { type BackupPlace, backupPrefix } from '../../../lib/engine/archive/keys.ts';
import { nextMidnight } from '../../../lib/engine/keep/expiry.ts';
import { MarkedVault } from '../../unit/engine/keep/marked-vault.ts';
import type { SimulatedRule } from './bucket-rules.ts';

const DAY_MS = 86_400_000;

/** A version that a delete marker hides. */
interface HiddenVersion {
  readonly key: string;
  readonly writtenAt: Date;
  readonly hiddenSince: Date;
  readonly isMarked: boolean;
  readonly isHeld: boolean;
}

/** Something that the rules did to an object. */
export interface Removal {
  readonly key: string;
  readonly ageDays: number;
  /** Whether it is gone for good, or only hidden by a delete marker. */
  readonly isForGood: boolean;
}

/** A versioned bucket in memory, on which lifecycle rules act once a day. */
export class SimulatedVault extends MarkedVault {
  hidden: HiddenVersion[] = [];
  /** Keys whose newest version is a delete marker. */
  readonly deleteMarkers = new Set<string>();
  /** Keys whose versions nobody may delete before a moment, as Object Lock has it. */
  readonly lockedUntil = new Map<string, Date>();
  readonly #writtenAt = new Map<string, Date>();
  readonly #children = new Map<string, Set<string>>();

  override write(key: string, bytes: Buffer, at: Date): void {
    super.write(key, bytes, at);
    this.#writtenAt.set(key, at);
    for (const [parent, child] of steps(key)) {
      const children = this.#children.get(parent) ?? new Set();
      this.#children.set(parent, children.add(child));
    }
  }

  writtenAt(key: string): Date {
    return this.#writtenAt.get(key) ?? new Date(0);
  }

  /** Listing by an index: a year has many of them. */
  override async list(prefix: string) {
    const children = [...(this.#children.get(prefix) ?? [])].sort().map((name) => `${prefix}${name}`);
    return {
      objects: children
        .filter((key) => !key.endsWith('/'))
        .map((key) => ({ key, sizeBytes: 1, lastModified: this.writtenAt(key) })),
      prefixes: children.filter((key) => key.endsWith('/')),
    };
  }

  override keysOf(place: BackupPlace): string[] {
    const below = (prefix: string): string[] =>
      [...(this.#children.get(prefix) ?? [])].flatMap((name) =>
        name.endsWith('/') ? below(`${prefix}${name}`) : [`${prefix}${name}`],
      );
    return below(backupPrefix(place)).sort();
  }

  /** What S3 does at a midnight. `acts` leaves out what it does not come to on this day. */
  applyRules(rules: readonly SimulatedRule[], now: Date, acts: () => boolean): Removal[] {
    const removals: Removal[] = [];
    const concerns = (rule: SimulatedRule, key: string, isMarked: boolean) =>
      key.startsWith(rule.prefix) && (isMarked || !rule.needsMark);
    const isOver = (since: Date, days: number | undefined) =>
      days !== undefined && nextMidnight(new Date(since.getTime() + days * DAY_MS)) <= now;

    this.hidden = this.hidden.filter((version) => {
      const { key, hiddenSince, isMarked, isHeld, writtenAt } = version;
      const rule = rules.find(
        (one) => concerns(one, key, isMarked) && isOver(hiddenSince, one.noncurrentDays),
      );
      const isLocked = (this.lockedUntil.get(key) ?? new Date(0)) > now;
      if (!rule || isHeld || isLocked || !acts()) return true;
      removals.push({ key, ageDays: daysBetween(writtenAt, now), isForGood: true });
      return false;
    });
    for (const key of [...this.objects.keys()]) {
      const writtenAt = this.writtenAt(key);
      const rule = rules.find(
        (one) => concerns(one, key, this.marked.has(key)) && isOver(writtenAt, one.days),
      );
      if (!rule || !acts()) continue;
      this.hide(key, now);
      removals.push({ key, ageDays: daysBetween(writtenAt, now), isForGood: false });
    }
    if (rules.some(({ removesExpiredMarkers }) => removesExpiredMarkers)) {
      const hidden = new Set(this.hidden.map(({ key }) => key));
      for (const key of this.deleteMarkers) if (!hidden.has(key)) this.deleteMarkers.delete(key);
    }
    return removals;
  }

  /** Puts a delete marker over an object, as a rule or a person does. */
  hide(key: string, now: Date): void {
    this.hidden.push({
      ...{ key, writtenAt: this.writtenAt(key), hiddenSince: now },
      ...{ isMarked: this.marked.has(key), isHeld: this.held.has(key) },
    });
    this.deleteMarkers.add(key);
    this.objects.delete(key);
    this.marked.delete(key);
    for (const [parent, child] of steps(key).reverse()) {
      const isEmptyFolder = child.endsWith('/') && (this.#children.get(`${parent}${child}`)?.size ?? 0) === 0;
      if (child.endsWith('/') && !isEmptyFolder) break;
      this.#children.get(parent)?.delete(child);
    }
  }
}

/** `a/b/c` is `a/` in the root, `b/` in `a/`, and `c` in `a/b/`. */
function steps(key: string): Array<[parent: string, child: string]> {
  const parts = key.split('/');
  return parts.map((part, index) => [
    parts
      .slice(0, index)
      .map((one) => `${one}/`)
      .join(''),
    index === parts.length - 1 ? part : `${part}/`,
  ]);
}

function daysBetween(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / DAY_MS;
}
