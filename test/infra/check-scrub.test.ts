import { expect, it } from 'vitest';
import { checkScrub, DEFAULT_SCRUB } from '../../lib/infra/scrub/check-scrub.ts';

const NOW = new Date('2026-12-05T20:04:20Z');
const messages = (scrub?: string) => checkScrub(scrub, NOW).map(({ message }) => message);

it.each([undefined, 'off', DEFAULT_SCRUB, 'rate(2 days)', 'cron(0 4 2 1,4,7,10 ? *)'])(
  'takes %s',
  (scrub) => {
    expect(messages(scrub)).toEqual([]);
  },
);

it('refuses a scrub that would begin before the last one has ended', () => {
  for (const often of ['rate(1 day)', 'cron(0 4 * * ? *)', 'rate(47 hours)']) {
    expect(checkScrub(often, NOW)).toMatchObject([
      { path: ['scrub'], message: expect.stringContaining(`${often} is more often than every two days`) },
    ]);
  }
  // Every two days, but for one night from the 31st to the 1st.
  expect(messages('cron(0 4 1/2 * ? *)')).toEqual([]);
});

it.each(['never', '', 'OFF', 'cron(0 4 2 * *)', 'cron(0 4 31 2 ? *)', 'rate(0 days)'])(
  'refuses %j, and says that "off" is the word for none',
  (scrub) => {
    const [message = '', ...others] = messages(scrub);
    expect(others).toEqual([]);
    expect(message).toMatch(/; or "off"$/);
    expect(message.length).toBeGreaterThan(20);
  },
);
