/** What a rule has to know of the type of a column. */
export interface ColumnType {
  /** As format_type() writes it, of a domain its base: `character varying(20)`, `text[]`. */
  readonly name: string;
  readonly kind:
    | 'text'
    | 'uuid'
    | 'integer'
    | 'numeric'
    | 'date'
    | 'timestamp'
    | 'json'
    | 'network'
    | 'bytes'
    | 'other';
  readonly isArray: boolean;
  /** The most characters that it takes. */
  readonly length: number | undefined;
  /** Of an integer: the largest value. */
  readonly largest: bigint;
}

const LARGEST: Readonly<Record<string, bigint>> = { smallint: 2n ** 15n - 1n, integer: 2n ** 31n - 1n };

const KINDS: ReadonlyArray<readonly [pattern: RegExp, kind: ColumnType['kind']]> = [
  [/^(?:text|character varying|character|name|(?:\w+\.)?citext)\b/, 'text'],
  [/^uuid$/, 'uuid'],
  [/^(?:smallint|integer|bigint)$/, 'integer'],
  [/^(?:numeric|real|double precision|money)\b/, 'numeric'],
  [/^date$/, 'date'],
  [/^timestamp\b/, 'timestamp'],
  [/^jsonb?$/, 'json'],
  [/^(?:inet|cidr)$/, 'network'],
  [/^bytea$/, 'bytes'],
];

/** `domains`: the base types of domains, by their names. */
export function columnType(written: string, domains: ReadonlyMap<string, string>): ColumnType {
  let name = written;
  for (let base = domains.get(name); base !== undefined && base !== name; base = domains.get(name))
    name = base;
  const isArray = name.endsWith('[]');
  const element = isArray ? columnType(name.slice(0, -2), domains).name : name;
  const kind = KINDS.find(([pattern]) => pattern.test(element))?.[1] ?? 'other';
  const length = /^character(?: varying)?\((\d+)\)/.exec(element)?.[1];
  return {
    name,
    kind,
    isArray,
    length:
      length !== undefined
        ? Number(length)
        : element === 'character'
          ? 1
          : element === 'name'
            ? 63
            : undefined,
    largest: LARGEST[element] ?? 2n ** 63n - 1n,
  };
}
