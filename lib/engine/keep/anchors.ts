import { type BackupPlace, isSafetySource } from '../archive/keys.ts';

/**
 * The newest backup of a source that counts: a full one that a drill has proven. Older backups of the source may
 * expire because it is there. `moment` orders backups in time (`momentOf` of the listing), in milliseconds.
 */
export interface Anchor {
  readonly place: BackupPlace;
  readonly moment: number;
}

/** The anchors of a vault, by source. A source without a backup that counts has none. */
export type Anchors = ReadonlyMap<string, Anchor>;

/**
 * The newer backup that allows this one to expire; undefined if there is none.
 *
 * Nobody drills the backups that a restore makes of a database before it overwrites it, so their own source never
 * has an anchor. For them the newest anchor of the whole vault counts: they expire while life goes on, and stay when
 * the vault has stopped.
 */
export function newerAnchor(source: string, moment: number, anchors: Anchors): Anchor | undefined {
  const candidates = isSafetySource(source) ? [...anchors.values()] : [anchors.get(source)];
  const [newest] = candidates
    .filter((anchor) => anchor !== undefined)
    .sort((left, right) => right.moment - left.moment);
  return newest && newest.moment > moment ? newest : undefined;
}
