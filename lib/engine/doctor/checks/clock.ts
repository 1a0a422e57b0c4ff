import { CONFUSING_MS, REFUSED_MS } from '../../backup/check-clock.ts';
import { Findings } from '../finding.ts';
import type { SourceCheck } from './source-context.ts';

export const clock: SourceCheck = {
  name: 'clock',
  async run({ query, now }) {
    const findings = new Findings('source', 'clock');
    const before = now().getTime();
    const [row] = await query(
      'SELECT (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000)::int8::text AS at',
    );
    const here = (before + now().getTime()) / 2;
    const differenceMs = Number(row?.at) - here;
    const seconds = Math.round(Math.abs(differenceMs) / 1000);
    const what = `This machine's clock is ${seconds} s ${differenceMs > 0 ? 'behind' : 'ahead of'} the source's.`;
    const remedy =
      'Let both machines follow NTP (`timedatectl set-ntp true`): the ids of backups and their ages come from these clocks.';
    if (Math.abs(differenceMs) >= REFUSED_MS) {
      return findings.problem(
        `${what} A backup is refused when this machine's clock is so far ahead, and S3 refuses requests when it is 15 minutes off.`,
        remedy,
      );
    }
    return Math.abs(differenceMs) >= CONFUSING_MS
      ? findings.warning(what, remedy)
      : findings.ok("This machine's clock agrees with the source's.");
  },
};
