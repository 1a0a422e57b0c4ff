import { LifeboatError } from '../ground/errors.ts';

/** A plain dump, split into its entries and the parts around them. */
export interface PlainDump {
  /** `18.3` */
  readonly pgDumpVersion: string;
  /** pg_dump's comment about the versions of server and program. */
  readonly versions: string;
  /** The session's settings, then the entries, with one character per byte (latin1). */
  readonly body: string;
  /** The final comment, which only a complete dump has. */
  readonly ending: string;
}

const TITLE = '--\n-- PostgreSQL database dump\n--\n\n';
const VERSIONS = /^-- Dumped from database version .*\n-- Dumped by pg_dump version (\S+).*\n\n/;
const ENDING = '--\n-- PostgreSQL database dump complete\n--\n\n';

/**
 * Splits a dump. `restrictKey` is the token that pg_dump was told to use. Only the two lines at exactly these
 * positions are pg_dump's own; any other line that looks like them is a user's text. Throws
 * `schema-dump-incomplete`.
 */
export function readPlainDump(file: Uint8Array, restrictKey: string): PlainDump {
  const text = Buffer.from(file.buffer, file.byteOffset, file.byteLength).toString('latin1');
  const beginning = `${TITLE}\\restrict ${restrictKey}\n\n`;
  const ending = `${ENDING}\\unrestrict ${restrictKey}\n\n`;
  if (!text.startsWith(beginning)) throw incomplete('begin');
  if (!text.endsWith(ending)) throw incomplete('end');
  const versions = VERSIONS.exec(text.slice(beginning.length, beginning.length + 1000));
  if (!versions?.[1]) throw incomplete('begin');
  return {
    pgDumpVersion: versions[1],
    versions: versions[0],
    body: text.slice(beginning.length + versions[0].length, text.length - ending.length),
    ending: ENDING,
  };
}

/** Formats a section as a separate script, with the title and the ending of a whole dump. */
export function formatSection(dump: PlainDump, entries: string): Buffer {
  return Buffer.from(`${TITLE}${dump.versions}${entries}${dump.ending}`, 'latin1');
}

function incomplete(where: 'begin' | 'end'): LifeboatError {
  return new LifeboatError({
    code: 'schema-dump-incomplete',
    kind: 'source',
    what: `The output of pg_dump does not ${where} as a dump does.`,
    meaning: 'The dump of the schema is incomplete.',
    remedy:
      'Start the backup again. If it fails again, report it with the versions of the server and of Lifeboat.',
  });
}
