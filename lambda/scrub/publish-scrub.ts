import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { METRICS } from '../../lib/contract/metric-names.ts';
import { LifeboatError, messageOf } from '../../lib/engine/ground/errors.ts';
import { scrubWords } from '../../lib/engine/scrub/scrub-words.ts';
import { MetricPublisher } from '../shared/metrics.ts';
import type { ScrubEnd } from './end-scrub.ts';

const sns = new SNSClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2000, requestTimeout: 4000, throwOnRequestTimeout: true },
});

export interface ScrubAudience {
  readonly environment: string;
  readonly alertTopic: string;
  readonly runbook: string;
  readonly sources: readonly string[];
}

/** SNS takes a subject of 100 characters (Amazon SNS API Reference, Publish). */
const SUBJECT_LENGTH = 100;

/** Publishes the count of damaged backups of each source, and a message in words if there is anything to tell. */
export async function publishScrub(audience: ScrubAudience, vault: string, end: ScrubEnd): Promise<void> {
  const { environment, runbook, alertTopic, sources } = audience;
  const metrics = new MetricPublisher(environment);
  for (const source of sources) {
    const count = damagedOf(source, end);
    if (count !== undefined) await metrics.publish(source, [[METRICS.damagedBackups, count]]);
  }
  const found = scrubWords(vault, end.backups, runbook);
  const broken = end.failure === undefined ? undefined : brokenText(end.failure, vault, runbook);
  if (!found && broken === undefined) return;
  const subject = `Lifeboat ${environment}: ${found?.subject ?? 'a scrub broke off'}`;
  const text = [broken, found?.text].filter((part) => part !== undefined).join('\n\n');
  await sns
    .send(
      new PublishCommand({ TopicArn: alertTopic, Subject: subject.slice(0, SUBJECT_LENGTH), Message: text }),
    )
    .catch((error: unknown) => {
      throw notTold(error);
    });
}

/** Undefined if nothing is damaged as far as anybody knows, but not everything was read: no alarm may end by that. */
function damagedOf(source: string, { backups, failure }: ScrubEnd): number | undefined {
  const own = backups.filter(({ place }) => place.source === source);
  const damaged = own.filter(({ verdict }) => verdict === 'damaged').length;
  const isKnown = failure === undefined && own.every(({ verdict }) => verdict !== 'unreadable');
  return damaged > 0 || isKnown ? damaged : undefined;
}

function brokenText(failure: string, vault: string, runbook: string): string {
  return `The scrub of ${vault} broke off: ${failure}\nBackups that it did not read are neither damaged nor intact as far as anybody knows. What to do: ${runbook}#scrub-failed`;
}

function notTold(error: unknown): LifeboatError {
  return new LifeboatError({
    code: 'scrub-not-told',
    kind: 'internal',
    what: `The result of the scrub could not be sent to the alert topic: ${messageOf(error)}.`,
    meaning: 'The records of the scrub are in the vault: `lifeboat list` shows them.',
    remedy: "Look at the topic's policy and at its key's (docs/construct.md).",
  });
}
