const WRITTEN = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i;

/** Reads a log sequence number as PostgreSQL prints it: `16/B374D848`. Undefined for any other text. */
export function parseLsn(text: string): bigint | undefined {
  const [, high, low] = WRITTEN.exec(text) ?? [];
  if (high === undefined || low === undefined) return undefined;
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

/** Prints it as PostgreSQL does. */
export function formatLsn(lsn: bigint): string {
  const part = (value: bigint) => value.toString(16).toUpperCase();
  return `${part(lsn >> 32n)}/${part(lsn & 0xffff_ffffn)}`;
}

/** An LSN that was checked when it was read. */
export function lsnOf(text: string): bigint {
  const lsn = parseLsn(text);
  if (lsn === undefined) throw new TypeError(`${text} is not an LSN`);
  return lsn;
}
