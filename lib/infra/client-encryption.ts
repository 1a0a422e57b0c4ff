import { Encrypter } from 'age-encryption';
import { type DrillSettings, drillPlaceOf, isDrilledByStack } from './drill-place.ts';
import type { BackupOrderSettings } from './environment/shared-settings.ts';
import { backupOrderJson } from './functions/backup-order.ts';
import { checkSettingsFit } from './functions/settings-fit.ts';
import type { Problem } from './problem.ts';

/** The settings of a source that concern keys of one's own. */
export interface ClientEncryptionSettings extends DrillSettings, BackupOrderSettings {
  readonly ageRecipients?: readonly string[];
  /** Whether the drill function is given an identity: a secret in props, an ARN in settings. */
  readonly hasIdentity: boolean;
}

/** The path names the setting of bin/environments.ts; the construct's is ageIdentitySecret. */
const IDENTITY = 'ageIdentitySecretArn';

export function checkClientEncryption(settings: ClientEncryptionSettings): Problem[] {
  const { ageRecipients, hasIdentity } = settings;
  const isDrilledHere = isDrilledByStack(drillPlaceOf(settings));
  const problems: Problem[] = [];
  if (ageRecipients !== undefined) {
    problems.push(...checkRecipients(ageRecipients));
    // One variable of the function holds each of the two.
    problems.push(
      ...checkSettingsFit('ageRecipients', JSON.stringify(ageRecipients) + (backupOrderJson(settings) ?? '')),
    );
    if (isDrilledHere && !hasIdentity) {
      problems.push({
        path: [IDENTITY],
        message: `is missing: a function drills the backups, which ageRecipients encrypts, and it cannot open them. Give the ARN of the secret that holds the identity, or set drill to "elsewhere" or "off"`,
      });
    }
  }
  if (hasIdentity && !isDrilledHere) {
    problems.push({
      path: [IDENTITY],
      message: `is for a drill function, but drill is ${JSON.stringify(settings.drill)}: leave out one of the two`,
    });
  }
  return problems;
}

function checkRecipients(recipients: readonly string[]): Problem[] {
  if (recipients.length === 0)
    return [{ path: ['ageRecipients'], message: 'should be left out rather than empty' }];
  const hybrid = recipients.filter(isHybrid).length;
  const mixed =
    hybrid > 0 && hybrid < recipients.length
      ? [
          {
            path: ['ageRecipients'],
            message:
              'mixes age1pq1… with age1…: who breaks the weaker key opens the backup. Use recipients of one kind',
          },
        ]
      : [];
  return [...mixed, ...recipients.flatMap((recipient, index) => checkRecipient(recipient, index))];
}

/** Never repeats the text: it may be a secret key that somebody put there by mistake. */
function checkRecipient(recipient: string, index: number): Problem[] {
  const path = ['ageRecipients', index];
  if (/^AGE-SECRET-KEY-/i.test(recipient)) {
    return [
      { path, message: 'is a secret key: it must not be here. Give the public key, which starts with age1' },
    ];
  }
  try {
    if (!/^age1(pq1)?[a-z0-9]+$/.test(recipient) || /^age1tag(pq)?1/.test(recipient))
      throw new Error('of another kind');
    new Encrypter().addRecipient(recipient);
    return [];
  } catch {
    return [
      {
        path,
        message: 'is not a public key of age: `age-keygen -y key.txt` prints one, which starts with age1',
      },
    ];
  }
}

function isHybrid(recipient: string): boolean {
  return recipient.startsWith('age1pq1');
}

/** What a deployment says: nobody can mend this afterwards. */
export function lossWarning(source: string, recipients: readonly string[]): string {
  const keys =
    recipients.length === 1
      ? 'the secret key of its recipient'
      : `the secret keys of its ${recipients.length} recipients`;
  return `backups of ${source} are encrypted with age: without ${keys} nobody can read them, neither you nor AWS. Keep a copy outside this account (docs/encryption.md)`;
}
