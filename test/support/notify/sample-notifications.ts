import type { Notification } from '../../../lib/notify/notification.ts';

export const PAGERDUTY_KEY = 'a1B2c3D4e5F6a7B8c9D0e1F2a3B4c5D6';
export const OPSGENIE_KEY = '0aa1bb2c-3dd4-4ee5-8ff6-a7a8b9b0c1c2';
export const WEBHOOK_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=';
export const SLACK_PATH = '/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX';

/** A backup that failed in the night. */
export const FAILED: Notification = {
  key: 'lifeboat:backup:shop:0123456789ab',
  state: 'firing',
  severity: 'critical',
  title: 'Backup of shop failed',
  happened:
    'This is failure number 2 in a row. Cannot connect to backup@db.example.com:5432/shop: connect ECONNREFUSED. Nothing listens at this host and port.',
  source: 'shop',
  environment: 'production',
  since: new Date('2026-11-19T02:00:04Z'),
  atStake:
    'The newest proven backup of shop is 51 h old, from 2026-11-18 02:00 UTC. If the database is lost now, what is newer can be lost.',
  toDo: 'Check that the server runs, that the port is right, and that no firewall blocks this machine.',
  runbook: 'https://wiki.example.com/lifeboat#backup-failed',
  machine: 'backup-1',
  at: new Date('2026-11-20T05:00:00Z'),
};

export const OVER: Notification = {
  key: FAILED.key,
  state: 'resolved',
  severity: 'critical',
  title: 'Backup of shop works again',
  happened: 'It had failed 2 times in a row. It took 12.3 s now. The backup is daily/shop/20261120T050000Z.',
  source: 'shop',
  environment: 'production',
  since: new Date('2026-11-19T02:00:04Z'),
  machine: 'backup-1',
  at: new Date('2026-11-20T05:00:00Z'),
};

/** What somebody who may name tables could put into a message, and more of it than any service takes. */
const NASTY = `<!channel> @everyone [x](https://evil.example) *b* _i_ \`c\` & | \u001b[31m \u202e "quoted" \\ 𝔘\n`;
export const NASTY_NOTIFICATION: Notification = {
  key: `lifeboat:${'k'.repeat(300)}`,
  state: 'firing',
  severity: 'warning',
  title: NASTY.repeat(40),
  happened: NASTY.repeat(2000),
  source: NASTY.repeat(40),
  environment: NASTY.repeat(40),
  since: new Date('2026-11-19T02:00:04Z'),
  atStake: NASTY.repeat(2000),
  toDo: NASTY.repeat(2000),
  runbook: `https://wiki.example.com/${'r'.repeat(900)}|<&>`,
  machine: NASTY.repeat(40),
  note: NASTY.repeat(2000),
  at: new Date('2026-11-20T05:00:00Z'),
};
