import * as v from 'valibot';
import type { ChannelKind } from '../../../lib/notify/channel.ts';

/**
 * What each service takes, as it has published it. Strict: a field that is not in its documentation is a fault. Lengths
 * count UTF-16 units, the strictest reading.
 */
const text = (longest: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(longest));
const https = v.pipe(v.string(), v.url());

/**
 * https://docs.slack.dev/reference/block-kit/blocks/header-block (150), /section-block (3000), /reference/block-kit/blocks
 * (50 blocks in a message); https://docs.slack.dev/reference/block-kit/composition-objects/text-object
 */
const slack = v.strictObject({
  text: text(4000),
  blocks: v.pipe(
    v.array(
      v.variant('type', [
        v.strictObject({
          type: v.literal('header'),
          text: v.strictObject({ type: v.literal('plain_text'), text: text(150), emoji: v.boolean() }),
        }),
        v.strictObject({
          type: v.literal('section'),
          text: v.strictObject({ type: v.literal('mrkdwn'), text: text(3000), verbatim: v.boolean() }),
        }),
      ]),
    ),
    v.maxLength(50),
  ),
});

/** https://docs.discord.com/developers/resources/message#embed-object-embed-limits, and #allowed-mentions-object */
const embed = v.strictObject({
  title: text(256),
  description: text(4096),
  color: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffffff)),
  timestamp: v.pipe(v.string(), v.isoTimestamp()),
  fields: v.pipe(
    v.array(v.strictObject({ name: text(256), value: text(1024), inline: v.optional(v.boolean()) })),
    v.maxLength(25),
  ),
});
const discord = v.pipe(
  v.strictObject({
    allowed_mentions: v.strictObject({ parse: v.tuple([]) }),
    embeds: v.pipe(v.array(embed), v.length(1)),
  }),
  v.check(({ embeds }) => {
    const texts = embeds.flatMap((one) => [
      one.title,
      one.description,
      ...one.fields.flatMap(({ name, value }) => [name, value]),
    ]);
    return texts.join('').length <= 6000;
  }, 'all texts together: 6000'),
);

/**
 * The envelope: https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using#send-adaptive-cards-using-an-incoming-webhook.
 * The card: http://adaptivecards.io/schemas/adaptive-card.json, version 1.4.
 */
const COLOURS = ['Default', 'Dark', 'Light', 'Accent', 'Good', 'Warning', 'Attention'] as const;
const teams = v.strictObject({
  type: v.literal('message'),
  attachments: v.pipe(
    v.array(
      v.strictObject({
        contentType: v.literal('application/vnd.microsoft.card.adaptive'),
        contentUrl: v.null(),
        content: v.strictObject({
          $schema: v.literal('http://adaptivecards.io/schemas/adaptive-card.json'),
          type: v.literal('AdaptiveCard'),
          version: v.literal('1.4'),
          msteams: v.strictObject({ width: v.literal('Full') }),
          body: v.array(
            v.variant('type', [
              v.strictObject({
                type: v.literal('TextBlock'),
                text: v.string(),
                size: v.optional(v.picklist(['Default', 'Small', 'Medium', 'Large', 'ExtraLarge'])),
                weight: v.optional(v.picklist(['Default', 'Lighter', 'Bolder'])),
                wrap: v.optional(v.boolean()),
                color: v.optional(v.picklist(COLOURS)),
              }),
              v.strictObject({
                type: v.literal('FactSet'),
                facts: v.array(v.strictObject({ title: v.string(), value: v.string() })),
              }),
            ]),
          ),
          actions: v.optional(
            v.array(v.strictObject({ type: v.literal('Action.OpenUrl'), title: v.string(), url: https })),
          ),
        }),
      }),
    ),
    v.length(1),
  ),
});

/** https://developer.pagerduty.com/docs/send-alert-event */
const keyed = { routing_key: v.pipe(v.string(), v.regex(/^[A-Za-z0-9]{32}$/)), dedup_key: text(255) };
const pagerduty = v.variant('event_action', [
  v.strictObject({ ...keyed, event_action: v.literal('resolve') }),
  v.strictObject({
    ...keyed,
    event_action: v.literal('trigger'),
    client: v.string(),
    payload: v.strictObject({
      summary: text(1024),
      source: v.pipe(v.string(), v.minLength(1)),
      severity: v.picklist(['critical', 'error', 'warning', 'info']),
      timestamp: v.pipe(v.string(), v.isoTimestamp()),
      group: v.optional(v.string()),
      custom_details: v.record(v.string(), v.string()),
    }),
    links: v.optional(v.array(v.strictObject({ href: https, text: v.string() }))),
  }),
]);

/** https://docs.opsgenie.com/docs/alert-api#create-alert and #close-alert */
const opsgenie = v.union([
  v.strictObject({
    message: text(130),
    alias: text(512),
    description: text(15_000),
    priority: v.picklist(['P1', 'P2', 'P3', 'P4', 'P5']),
    source: text(100),
    entity: v.optional(text(512)),
    tags: v.pipe(v.array(text(50)), v.maxLength(20)),
    details: v.pipe(
      v.record(v.string(), v.string()),
      v.check(
        (details) => JSON.stringify(details).length <= 8000 + 2 * Object.keys(details).length,
        '8000 in all',
      ),
    ),
  }),
  v.strictObject({ source: text(100), note: text(25_000) }),
]);

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md, "Payload structure" */
const webhook = v.strictObject({
  type: v.pipe(v.string(), v.regex(/^[a-z0-9_.]+$/)),
  timestamp: v.pipe(v.string(), v.isoTimestamp()),
  data: v.looseObject({ key: v.string(), state: v.picklist(['firing', 'resolved']) }),
});

export const PUBLISHED = { slack, discord, teams, pagerduty, opsgenie, webhook } satisfies Record<
  ChannelKind,
  v.GenericSchema
>;

/** The largest body, in bytes. */
export const LARGEST_BODY: Readonly<Partial<Record<ChannelKind, number>>> = {
  // learn.microsoft.com, as above: "The message size limit is 28 KB."
  teams: 28 * 1024,
  // https://developer.pagerduty.com/docs/events-api-v2-overview: 512 KB
  pagerduty: 512 * 1024,
};
