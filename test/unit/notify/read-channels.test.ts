import { describe, expect, it } from 'vitest';
import { readChannels } from '../../../lib/notify/read-channels.ts';
import {
  OPSGENIE_KEY,
  PAGERDUTY_KEY,
  SLACK_PATH,
  WEBHOOK_SECRET,
} from '../../support/notify/sample-notifications.ts';

const now = () => new Date('2026-11-20T05:00:00Z');
const SLACK = `https://hooks.slack.com${SLACK_PATH}`;

function read(given: readonly string[], environment: Record<string, string> = {}) {
  const { channels, problems } = readChannels(given, environment, now);
  return {
    channels: channels.map(({ name, kind, host }) => `${name}: ${kind} at ${host}`),
    problems: problems.map(({ what }) => what),
    all: JSON.stringify(problems.map(({ message, what, remedy }) => [message, what, remedy])),
  };
}

describe('channels', () => {
  it.each([
    [SLACK, 'slack: slack at hooks.slack.com'],
    ['https://discord.com/api/webhooks/1/abcdefgh', 'discord: discord at discord.com'],
    [
      'https://prod-12.westeurope.logic.azure.com:443/workflows/x?sig=y',
      'teams: teams at prod-12.westeurope.logic.azure.com',
    ],
    ['https://contoso.webhook.office.com/webhookb2/x', 'teams: teams at contoso.webhook.office.com'],
    [`pagerduty://${PAGERDUTY_KEY}`, 'pagerduty: pagerduty at events.pagerduty.com'],
    [
      `pagerduty://${PAGERDUTY_KEY}@events.eu.pagerduty.com`,
      'pagerduty: pagerduty at events.eu.pagerduty.com',
    ],
    [`opsgenie://${OPSGENIE_KEY}@api.eu.opsgenie.com`, 'opsgenie: opsgenie at api.eu.opsgenie.com'],
    [
      `opsgenie://${OPSGENIE_KEY}@api.atlassian.com/jsm/ops/integration`,
      'opsgenie: opsgenie at api.atlassian.com',
    ],
    ['slack+https://chat.example.com/hooks/abc', 'slack: slack at chat.example.com'],
    ['https://example.com/x', 'webhook: webhook at example.com'],
    ['http://localhost:8080/x', 'webhook: webhook at localhost:8080'],
  ])('are told by their address: %s', (address, shown) => {
    expect(read([address], { LIFEBOAT_NOTIFY_SECRET: WEBHOOK_SECRET })).toMatchObject({
      channels: [shown],
      problems: [],
    });
  });

  it('come from LIFEBOAT_NOTIFY, as a list or as JSON, and by their names', () => {
    const json = JSON.stringify([
      { name: 'ops', url: SLACK },
      { name: 'night', url: `pagerduty://${PAGERDUTY_KEY}` },
      SLACK,
    ]);
    expect(read([], { LIFEBOAT_NOTIFY: ` ${SLACK}, ${SLACK}\n` }).channels).toEqual([
      'slack: slack at hooks.slack.com',
      'slack-2: slack at hooks.slack.com',
    ]);
    expect(read([], { LIFEBOAT_NOTIFY: json }).channels).toHaveLength(3);
    expect(read(['night'], { LIFEBOAT_NOTIFY: json }).channels).toEqual([
      'night: pagerduty at events.pagerduty.com',
    ]);
    expect(read([], { LIFEBOAT_NOTIFY: '' })).toMatchObject({ channels: [], problems: [] });
  });

  it.each([
    ['http:// to another machine', 'http://example.com/secretsecret', 'without encryption'],
    ['a word', 'nonsense:secretsecret', 'is not an address that begins with https://'],
    ['another scheme', 'ftp://example.com/secretsecret', 'is not an address'],
    ['no host', 'https://', 'is not an address'],
    ['a key of PagerDuty that is none', 'pagerduty://secretsecret', 'does not have 32 letters and digits'],
    ['no key of Opsgenie', 'opsgenie://', 'there is no API key'],
    [
      'the address of PagerDuty',
      'https://events.pagerduty.com/v2/enqueue?secretsecret',
      'whose key must be given',
    ],
    [
      'the address of Opsgenie',
      'https://api.opsgenie.com/v2/alerts?k=secretsecret',
      'whose key must be given',
    ],
    ['a webhook without a secret', 'https://example.com/secretsecret', 'there is no secret'],
    ['a name that nobody has given', 'secretsecret', 'No channel in LIFEBOAT_NOTIFY has the name'],
  ])('that cannot be used are told without their address: %s', (_, address, says) => {
    const { channels, problems, all } = read([address]);
    expect(channels).toEqual([]);
    expect(problems.join()).toContain(says);
    expect(all).not.toContain('secretsecret');
  });

  it.each([
    ['[{"url": "https://x/secretsecret"', 'is not JSON'],
    ['[{"url": "https://x/secretsecret", "severity": "critical"}]', 'does not fit at 0'],
    ['{"name": "Ops Team", "url": "https://x/secretsecret"}', 'does not fit at 0'],
  ])('in JSON that is wrong are told without it: %s', (json, says) => {
    const { problems, all } = read([], { LIFEBOAT_NOTIFY: json });
    expect(problems.join()).toContain(says);
    expect(all).not.toContain('secretsecret');
  });

  it('keep no other channel from being used', () => {
    const { channels, problems } = read([], { LIFEBOAT_NOTIFY: `nonsense ${SLACK}` });
    expect(channels).toHaveLength(1);
    expect(problems).toHaveLength(1);
  });

  it('may be reached by http:// if the network is said to be safe', () => {
    const environment = { LIFEBOAT_NOTIFY_ALLOW_HTTP: 'yes' };
    expect(read(['slack+http://chat.internal/hooks/x'], environment).problems).toEqual([]);
  });
});
