import { shellWord } from '../quote.ts';
import type { LocalValues } from './local-values.ts';

/** Of S3, in this order. Keys are not copied from the environment: a profile or a role may have put them there for an hour. */
const S3_SETTINGS = ['AWS_REGION', 'AWS_PROFILE', 'AWS_ENDPOINT_URL'] as const;

/** The file of settings and passwords, which the script reads as shell. Only its owner may read it. */
export function secretsFile({ vault, settings, email }: LocalValues): string {
  const given = Object.entries(settings).filter(([name]) => !S3_SETTINGS.some((one) => one === name));
  const source =
    given.length > 0
      ? given
      : [['LIFEBOAT_SOURCE_URL', 'postgres://user:password@db.example.com:5432/shop'] as const];
  return [
    '# Settings and passwords of lifeboat.sh. Only you can read this file: mode 600.',
    '# Put values between single quotes. In a URL, write a quote in a password as %27.',
    '',
    ...(given.length > 0 ? [] : ['# TO DO: replace this example.']),
    ...source.map(([name, value]) => `${name}=${shellWord(value)}`),
    `LIFEBOAT_VAULT=${shellWord(vault)}`,
    '',
    ...(vault.startsWith('s3://') ? [...s3Lines(settings), ''] : []),
    '# Whom to tell that a run failed and that it works again, and a monitor that expects a ping (docs/notifications.md):',
    "#LIFEBOAT_NOTIFY='https://hooks.slack.com/services/your/own/webhook'",
    "#LIFEBOAT_HEARTBEAT_URL='https://hc-ping.com/your-id'",
    '# A command that runs after a success. A service that misses its call raises the alarm even if this machine is off:',
    "#ON_SUCCESS='curl -fsS -m 10 --retry 3 https://hc-ping.com/your-id'",
    '# A command that runs after a failure. It reads what Lifeboat said from its standard input:',
    email === undefined
      ? `#ON_FAILURE='mail -s "Lifeboat failed" you@example.com'`
      : `ON_FAILURE=${shellWord(`mail -s "Lifeboat failed" ${email}`)}`,
    '',
  ].join('\n');
}

function s3Lines(settings: LocalValues['settings']): string[] {
  return [
    '# Where the bucket is, and who may write into it:',
    ...S3_SETTINGS.flatMap((name) => {
      const value = settings[name];
      return value === undefined ? [] : [`${name}=${shellWord(value)}`];
    }),
    ...(settings.AWS_REGION === undefined ? ["#AWS_REGION='eu-central-1'"] : []),
    "#AWS_ACCESS_KEY_ID=''",
    "#AWS_SECRET_ACCESS_KEY=''",
    ...(settings.AWS_ENDPOINT_URL === undefined
      ? ["#AWS_ENDPOINT_URL='https://s3.example.com'   # of a provider other than AWS"]
      : []),
  ];
}
