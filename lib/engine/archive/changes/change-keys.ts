import { SOURCE_NAME } from '../../../contract/source-names.ts';
import { randomCharacters } from '../keys.ts';

/**
 * The folder of captured changes. It lies beside the retention classes. What lives long (`epochs`) and what expires
 * (`log`, `segments`, `leases`) have folders of their own below a source, because S3's lifecycle rules act by prefix.
 */
export const CHANGES_FOLDER = 'changes/';

/** An epoch of one source: a stretch of its history without a gap and without a change of the schema. */
export interface EpochPlace {
  readonly source: string;
  /** 1 for the first. */
  readonly epoch: number;
}

/** Objects in one folder of a log, so that one page of a listing shows all of them. */
export const ENTRIES_PER_FOLDER = 1000;

const EPOCH_FILE = /^(\d{6})\.json$/;
const ENTRY_FILE = /^(\d{9})\.json$/;
const NUMBERED_FILE = /^(\d{9})(\.json|-\d{4}\.json|-[a-z0-9]{8}\.pgoutput\.zst(\.age)?)$/;
const ENTRY_FOLDER = /^(\d{6})$/;

export function epochsPrefix(source: string): string {
  return `${CHANGES_FOLDER}${source}/epochs/`;
}

export function epochKey({ source, epoch }: EpochPlace): string {
  return `${epochsPrefix(source)}${padded(epoch, 6)}.json`;
}

export function logPrefix({ source, epoch }: EpochPlace): string {
  return `${CHANGES_FOLDER}${source}/log/${padded(epoch, 6)}/`;
}

export function entryFolder(place: EpochPlace, folder: number): string {
  return `${logPrefix(place)}${padded(folder, 6)}/`;
}

/** The key is a function of the number alone, so that of two writers of one number only one succeeds. */
export function entryKey(place: EpochPlace, number: number): string {
  return `${entryFolder(place, folderOf(number))}${padded(number, 9)}.json`;
}

/**
 * The key of a segment: that of its entry, and eight random characters, because a capture that died may have left
 * one of the same number.
 */
export function newSegmentKey({ source, epoch }: EpochPlace, number: number, encrypted: boolean): string {
  const folder = `${CHANGES_FOLDER}${source}/segments/${padded(epoch, 6)}/${padded(folderOf(number), 6)}`;
  const end = `.pgoutput.zst${encrypted ? '.age' : ''}`;
  return `${folder}/${padded(number, 9)}-${randomCharacters(8)}${end}`;
}

/** The lease for writing one entry. `term` is 0 for its first holder, and rises when it is renewed or taken over. */
export function leaseKey({ source, epoch }: EpochPlace, number: number, term: number): string {
  const folder = `${CHANGES_FOLDER}${source}/leases/${padded(epoch, 6)}/${padded(folderOf(number), 6)}`;
  return `${folder}/${padded(number, 9)}-${padded(term, 4)}.json`;
}

/** Says that a base of an epoch was asked for: the first time, the second time. It lies with the leases, and expires as they do. */
export function baseOrderKey({ source, epoch }: EpochPlace, turn: number): string {
  return `${CHANGES_FOLDER}${source}/leases/${padded(epoch, 6)}/base-${padded(turn, 6)}.json`;
}

/** The folders of an epoch's entries, leases and segments, in the order in which they may be deleted. */
export function changesPrefixes(place: EpochPlace): string[] {
  const epoch = padded(place.epoch, 6);
  return ['log', 'leases', 'segments'].map((kind) => `${CHANGES_FOLDER}${place.source}/${kind}/${epoch}/`);
}

/** Undefined for an object that is no epoch's. */
export function epochOfKey(key: string): EpochPlace | undefined {
  const [folder, source, kind, file, ...more] = key.split('/');
  if (folder !== CHANGES_FOLDER.slice(0, -1) || kind !== 'epochs' || more.length > 0) return undefined;
  const [, epoch] = EPOCH_FILE.exec(file ?? '') ?? [];
  if (source === undefined || !SOURCE_NAME.test(source) || epoch === undefined) return undefined;
  return { source, epoch: Number(epoch) };
}

/** The number of a folder of the log, from the end of its prefix. Undefined for any other. */
export function numberOfFolder(prefix: string): number | undefined {
  const name = prefix.split('/').at(-2) ?? '';
  return ENTRY_FOLDER.test(name) ? Number(name) : undefined;
}

/** The number of an entry, from its key. Undefined for any other object. */
export function numberOfEntry(key: string): number | undefined {
  const [, number] = ENTRY_FILE.exec(key.split('/').at(-1) ?? '') ?? [];
  return number === undefined ? undefined : Number(number);
}

/** The number of the entry to which an entry, a lease or a segment belongs. Undefined for any other object. */
export function numberOfObject(key: string): number | undefined {
  const [, number] = NUMBERED_FILE.exec(key.split('/').at(-1) ?? '') ?? [];
  return number === undefined ? undefined : Number(number);
}

export function folderOf(number: number): number {
  return Math.floor(number / ENTRIES_PER_FOLDER);
}

function padded(number: number, digits: number): string {
  return String(number).padStart(digits, '0');
}
