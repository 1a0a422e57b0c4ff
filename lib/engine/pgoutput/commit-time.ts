/** A commit's time as people and programs read it, with microseconds if it has them: rounded, it would name another moment. */
export function commitTime(micros: bigint): string {
  const toMilliseconds = new Date(Number(micros / 1000n)).toISOString();
  const finer = micros % 1000n;
  return finer === 0n ? toMilliseconds : toMilliseconds.replace('Z', `${String(finer).padStart(3, '0')}Z`);
}
