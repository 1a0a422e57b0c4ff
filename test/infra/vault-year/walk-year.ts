import {
  type BackupPlace,
  backupPrefix,
  manifestKey,
  parseManifestKey,
  proofKey,
  safetySource,
  scheduledBackupId,
} from '../../../lib/engine/archive/keys.ts';
import { nameOfBackup } from '../../../lib/engine/archive/listing.ts';
import { markExpired } from '../../../lib/engine/keep/mark-expired.ts';
import { retentionClassOfRun } from '../../../lib/schedule/retention-class.ts';
import { parseSchedule } from '../../../lib/schedule/schedule.ts';
import { SimulatedCapture } from '../../support/simulated-capture.ts';
import { SimulatedVault } from './simulated-vault.ts';
import type { SimulatedLife, Story, Year } from './story.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** A Friday. The first of its months makes monthly backups. */
const START = Date.UTC(2027, 0, 1);
const SCHEDULE = parseSchedule('cron(0 2 * * ? *)', 'UTC');
const PARTS = 4;

/** Lives through a year, hour by hour where something happens: backups, drills, holds, the keeper, S3. */
export async function walkYear(story: Story, length = 365): Promise<Year> {
  const world = new World(story);
  for (let day = 0; day < length; day += 1) {
    world.midnight(day);
    await world.keep(day + 1 / 24);
    for (const life of story.lives) world.live(life, day);
    await world.keep(day + 13 / 24);
    world.check(day);
  }
  return world.year(length);
}

interface Made {
  readonly place: BackupPlace;
  readonly counts: boolean;
}

class World {
  readonly #story: Story;
  /** Where backups are written, and where they are kept: the same, unless it is a replica. */
  readonly #vault = new SimulatedVault();
  readonly #violations = new Set<string>();
  readonly #made: Made[] = [];
  readonly #captures = new Map<string, SimulatedCapture>();
  readonly #takenAt = new Map<string, Date>();
  #mostChanges = 0;
  readonly #underWay: Array<{ readonly day: number; readonly arrive: () => void }> = [];
  #mostListed = 0;
  #expired = 0;

  constructor(story: Story) {
    this.#story = story;
  }

  midnight(day: number): void {
    const { rules, acts = () => true, days, hold, lives } = this.#story;
    this.#arrivals(day);
    const removals = this.#vault.applyRules(rules, at(day), () => acts(day));
    for (const { key, ageDays, isForGood } of removals) {
      if (!isForGood) this.#expired += 1;
      const [retentionClass, source] = key.split('/') as [keyof typeof days | 'changes', string];
      const kept =
        retentionClass === 'changes'
          ? (lives.find(({ name }) => name === source)?.keptChangesDays ?? 0)
          : days[retentionClass];
      if (ageDays < kept)
        this.#violations.add(`${key} was removed after ${ageDays} days, and ${kept} were promised`);
    }
    if (hold && (day === hold.from || day === hold.to)) this.#hold(hold.madeOn, day === hold.from);
  }

  async keep(day: number): Promise<void> {
    const { keeps = () => true, corrupt = (request) => request, days, lives } = this.#story;
    if (!keeps(day)) return;
    const report = await markExpired(
      corrupt({
        ...{ store: this.#vault, marks: this.#vault, days, clock: () => at(day) },
        changesDays: Object.fromEntries(
          lives.flatMap(({ name, keptChangesDays: kept, captures = () => true }) =>
            kept !== undefined && captures(Math.floor(day)) ? [[name, kept]] : [],
          ),
        ),
        undrilled: lives.filter(({ isUndrilled }) => isUndrilled).map(({ name }) => name),
      }),
    );
    for (const problem of [...report.failures.map(({ what }) => what), ...report.problems])
      this.#violations.add(problem);
  }

  live(life: SimulatedLife, day: number): void {
    const { name, backsUp = () => true, drill = () => 'proves', drillsAfterBackup, manualOn = [] } = life;
    const slot = at(day + 2 / 24);
    this.#capture(life, day, [0, 1 / 24]);
    if (life.diesOn?.(day)) {
      const place = {
        retentionClass: 'daily',
        source: name,
        backupId: scheduledBackupId(at(day + 1 / 24)),
      } as const;
      this.#vault.attempt(place, 'deadbeef', at(day + 1 / 24));
    }
    if (backsUp(day)) {
      const place = {
        retentionClass: retentionClassOfRun(SCHEDULE, slot),
        source: name,
        backupId: scheduledBackupId(slot),
      };
      const isDrilled = drillsAfterBackup || slot.getUTCDay() === 0;
      const isProven = isDrilled && drill(day) === 'proves';
      this.#seal(place, slot, isProven, isProven || (life.isUndrilled ?? false));
    } else if (slot.getUTCDay() === 0 && drill(day) === 'proves') {
      // The drill of the week proves the newest there is.
      const newest = this.#made.findLast(({ place }) => place.source === name);
      if (newest && this.#vault.isSealed(newest.place)) this.#prove(newest.place, day);
    }
    this.#capture(life, day, [6 / 24, 12 / 24, 18 / 24]);
    if (manualOn.includes(day)) this.#byHand(name, at(day + 9 / 24));
    if (life.restoresOn?.includes(day)) this.#byHand(safetySource(name), at(day + 10 / 24));
  }

  /** What has to be true on every day. */
  check(day: number): void {
    const { lives, mostBackups, mostChanges, hold } = this.#story;
    for (const life of lives) this.#checkMoments(life, day);
    const left = [...this.#captures.values()].reduce((sum, one) => sum + one.objects().length, 0);
    this.#mostChanges = Math.max(this.#mostChanges, left);
    if (mostChanges !== undefined && left > mostChanges)
      this.#violations.add(`there are more than ${mostChanges} objects of captured changes`);
    const sealed = this.#sealed();
    this.#mostListed = Math.max(this.#mostListed, sealed.length);
    for (const place of sealed) {
      const parts = this.#vault.keysOf(place).filter((key) => key !== proofKey(place)).length;
      if (parts < PARTS) this.#violations.add(`${nameOfBackup(place)} is listed and lacks a part`);
    }
    const names = new Set(sealed.map(nameOfBackup));
    for (const { name } of lives) {
      const counting = this.#made.filter(({ place, counts }) => counts && place.source === name);
      if (counting.length > 0 && !counting.some(({ place }) => names.has(nameOfBackup(place))))
        this.#violations.add(`${name} has lost its last proven backup`);
    }
    if (mostBackups !== undefined && sealed.length > mostBackups)
      this.#violations.add(`there are more than the ${mostBackups} backups that the classes promise`);
    if (hold && day >= hold.from && day < hold.to) {
      const [held] = this.#madeOn(hold.madeOn);
      if (held && !names.has(nameOfBackup(held.place)))
        this.#violations.add(`${nameOfBackup(held.place)} went while it was held`);
    }
  }

  year(length: number): Year {
    const story = this.#story;
    const ages = this.#sealed().map((place) => length - dayOf(this.#vault.writtenAt(manifestKey(place))));
    const first = story.lives[0]?.name;
    const names = new Set(this.#sealed().map(nameOfBackup));
    const counting = this.#made.filter(
      ({ place, counts }) => counts && place.source === first && names.has(nameOfBackup(place)),
    );
    const newest = counting.map(({ place }) => length - dayOf(this.#vault.writtenAt(manifestKey(place))));
    return {
      story,
      violations: [...this.#violations],
      listed: ages.length,
      mostListed: this.#mostListed,
      newestAgeDays: newest.length > 0 ? Math.min(...newest) : undefined,
      oldestAgeDays: ages.length > 0 ? Math.max(...ages) : undefined,
      hidden: this.#vault.hidden.length,
      expired: this.#expired,
      marks: this.#vault.marks.length,
      changes:
        this.#captures.size === 0 ? undefined : { left: this.#leftOfChanges(), most: this.#mostChanges },
    };
  }

  #leftOfChanges(): number {
    return [...this.#captures.values()].reduce((sum, one) => sum + one.objects().length, 0);
  }

  /** Changes of some hours of a day. A new epoch begins at one in the morning. */
  #capture(
    { name, keptChangesDays, schemaChangesOn = [], captures = () => true }: SimulatedLife,
    day: number,
    hours: readonly number[],
  ): void {
    if (keptChangesDays === undefined) return;
    const capture = this.#captures.get(name) ?? new SimulatedCapture(this.#vault, name);
    if (!this.#captures.has(name)) {
      this.#captures.set(name, capture);
      capture.begin(at(day));
    }
    for (const hour of hours) {
      if (!captures(day)) capture.stop(at(day + hour));
      else if (hour === 1 / 24 && schemaChangesOn.includes(day)) capture.begin(at(day + hour));
      else capture.poll(at(day + hour));
    }
  }

  /** Every moment of the days that were promised can be restored, from a backup that is listed. */
  #checkMoments({ name, keptChangesDays: kept }: SimulatedLife, day: number): void {
    const capture = this.#captures.get(name);
    if (!capture || kept === undefined) return;
    const all = this.#made
      .filter(({ place }) => place.source === name)
      .map(({ place }) => this.#takenAt.get(nameOfBackup(place)) ?? at(0));
    const listed = this.#sealed().flatMap((place) =>
      place.source === name ? (this.#takenAt.get(nameOfBackup(place)) ?? []) : [],
    );
    const now = day + 14 / 24;
    for (let moment = Math.max(0, now - kept) + 1 / 48; moment < now; moment += 5 / 24) {
      if (capture.isCaptured(at(moment), all) && !capture.restores(at(moment), listed))
        this.#violations.add(`moments of ${name} could not be restored within their ${kept} days`);
    }
  }

  #sealed(): BackupPlace[] {
    return [...this.#vault.objects.keys()].flatMap((key) => parseManifestKey(key) ?? []);
  }

  /** Writes a backup as it is written: chunks, then the manifest, then the proof; each may be late in a replica. */
  #seal(place: BackupPlace, slot: Date, isProven: boolean, counts: boolean): void {
    const sealedAt = new Date(slot.getTime() + HOUR_MS / 4);
    this.#takenAt.set(nameOfBackup(place), slot);
    this.#later(dayOf(slot), () => {
      for (const key of this.#vault.attempt(place, 'k3f9aqxz', slot)) this.#lock(key, place, slot);
    });
    this.#later(dayOf(sealedAt) + 1e-6, () => {
      const wal = this.#captures.get(place.source)?.wal(slot);
      this.#vault.seal({ ...place, slot, sealedAt, ...(wal && { wal }) });
      this.#lock(manifestKey(place), place, sealedAt);
      this.#made.push({ place, counts: counts && !isProven });
    });
    if (isProven) this.#prove(place, dayOf(slot) + 3 / 24);
  }

  #byHand(source: string, slot: Date): void {
    const place = { retentionClass: 'manual', source, backupId: scheduledBackupId(slot) } as const;
    this.#seal(place, slot, false, false);
  }

  #prove(place: BackupPlace, day: number): void {
    this.#later(day, () => {
      if (!this.#vault.isSealed(place) || this.#vault.objects.has(proofKey(place))) return;
      this.#vault.prove(place);
      this.#vault.write(
        proofKey(place),
        this.#vault.objects.get(proofKey(place)) ?? Buffer.alloc(0),
        at(day),
      );
      this.#made.push({ place, counts: true });
    });
  }

  #lock(key: string, { retentionClass }: BackupPlace, from: Date): void {
    const until = new Date(from.getTime() + this.#story.days[retentionClass] * DAY_MS);
    this.#vault.lockedUntil.set(key, until);
  }

  #later(day: number, arrive: () => void): void {
    const lag = this.#story.replicaLagDays?.(day) ?? 0;
    if (lag === 0) arrive();
    else this.#underWay.push({ day: day + lag, arrive });
  }

  #arrivals(day: number): void {
    const arrived = this.#underWay.filter((one) => one.day <= day).sort((a, b) => a.day - b.day);
    for (const one of arrived) {
      this.#underWay.splice(this.#underWay.indexOf(one), 1);
      one.arrive();
    }
  }

  #madeOn(day: number): Made[] {
    return this.#made.filter(({ place }) => place.backupId.startsWith(scheduledBackupId(at(day + 2 / 24))));
  }

  #hold(madeOn: number, isHeld: boolean): void {
    for (const { place } of this.#madeOn(madeOn)) {
      for (const key of [...this.#vault.objects.keys()].filter((one) =>
        one.startsWith(backupPrefix(place)),
      )) {
        if (isHeld) this.#vault.held.add(key);
        else this.#vault.held.delete(key);
      }
    }
  }
}

function at(day: number): Date {
  return new Date(START + Math.round(day * 24 * 60) * 60_000);
}

function dayOf(moment: Date): number {
  return (moment.getTime() - START) / DAY_MS;
}
