/**
 * What the runbook writes as `<name>` for a deployment's own names, with what finds each. Outputs of the stack, which begin
 * with a capital, are found by `output`.
 */
export const DEPLOYMENT_PLACEHOLDERS: ReadonlyMap<string, string> = new Map([
  ['account', '`aws sts get-caller-identity --query Account --output text`'],
  ['region', '`aws configure get region`, or where the stack is in the AWS console'],
  ['replica region', '`replica.region` in the environments file'],
  ['vault', '`s3://` and the output `VaultBucket`, or the `--vault` of your backups'],
  ['database', '`npx lifeboat show latest --json | jq -r .manifest.server.database`'],
  ['source', 'the column `SOURCE` of `npx lifeboat list`'],
  ['secret', '`secretArn` or `secretName` of the source in the environments file'],
  ['slot', '`SELECT slot_name FROM pg_replication_slots`'],
]);

/** What only the moment knows, so that no page can have it. */
export const MOMENT_PLACEHOLDERS: ReadonlySet<string> = new Set([
  'administrator',
  'alarm',
  'backup',
  'host',
  'host of the source',
  'key',
  'new server',
  'newest backup',
  'password',
  'pid',
  'profile',
  'role',
  'schedule',
  'server',
  'table',
  'task',
  "the copy's vault",
  'user',
  'usual backup',
  'version',
  'your device',
]);

const PLACEHOLDER = /<([A-Za-z][^<>\n]*)>/g;
const CODE = /^( *)(`{3,})([^\n`]*)\n(.*?)^\1\2$|(?<!`)(`+)(?!`)(.+?)(?<!`)\5(?!`)/gms;
/** A form to copy: each of its words in angle brackets is explained by itself. */
const FORM = 'markdown';

/** The names between `<` and `>` in the code of a page: what somebody who uses it still has to fill in. */
export function placeholdersIn(page: string): string[] {
  const texts = [...page.matchAll(CODE)].map(([, , , language, block, , span]) =>
    language?.trim() === FORM ? '' : (block ?? span ?? ''),
  );
  return [...new Set(texts.flatMap((text) => [...text.matchAll(PLACEHOLDER)].map(([, name = '']) => name)))];
}

/** What finds a name of the deployment; undefined for what only the moment knows. */
export function findsPlaceholder(name: string): string | undefined {
  return /^[A-Z][A-Za-z]+$/.test(name) ? `\`output ${name}\`` : DEPLOYMENT_PLACEHOLDERS.get(name);
}
