import {
  attemptPrefix,
  type BackupPlace,
  backupPrefix,
  manifestKey,
} from '../../../../lib/engine/archive/keys.ts';
import type { ExpiryMarks } from '../../../../lib/engine/keep/expiry-marks.ts';
import { ObjectMissingError } from '../../../../lib/engine/storage/object-store.ts';
import { DatedVault } from '../watch/dated-vault.ts';

/** A vault in memory with tags and holds, in which a test can expire what is marked. */
export class MarkedVault extends DatedVault implements ExpiryMarks {
  /** A test makes the attempts that it needs, and counts their objects. */
  protected override readonly holdsObjects: boolean = false;
  readonly marked = new Set<string>();
  readonly held = new Set<string>();
  /** Every key that was marked, in order. */
  readonly marks: string[] = [];
  /** Is called before each mark: what it throws fails the mark. */
  onMark: (key: string) => void = () => {};

  async isMarked(key: string): Promise<boolean> {
    this.#mustExist(key);
    return this.marked.has(key);
  }

  async mark(key: string): Promise<void> {
    this.onMark(key);
    this.#mustExist(key);
    this.marked.add(key);
    this.marks.push(key);
  }

  async isHeld(key: string): Promise<boolean> {
    this.#mustExist(key);
    return this.held.has(key);
  }

  /** Some objects of an attempt: two chunks and a script. */
  attempt(place: BackupPlace, name: string, at: Date): string[] {
    const prefix = attemptPrefix(place, name);
    const keys = ['data/0001-public.a.copy.zst', 'data/0002-public.b.copy.zst', 'restore.sh'].map(
      (below) => `${prefix}${below}`,
    );
    for (const key of keys) this.write(key, Buffer.from('x'), at);
    return keys;
  }

  /** What the bucket's rules do to everything that is marked: current versions disappear. */
  expire(): void {
    for (const key of this.marked) this.objects.delete(key);
    this.marked.clear();
  }

  keysOf(place: BackupPlace): string[] {
    return [...this.objects.keys()].filter((key) => key.startsWith(backupPrefix(place))).sort();
  }

  isSealed(place: BackupPlace): boolean {
    return this.objects.has(manifestKey(place));
  }

  #mustExist(key: string): void {
    if (!this.objects.has(key)) throw new ObjectMissingError(key, this.url);
  }
}
