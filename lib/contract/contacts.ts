/** Whom somebody calls in an incident: `ContactSettings` of the environments file. */
export interface Contact {
  readonly name: string;
  readonly role: string;
  readonly phone?: string;
  readonly email?: string;
  readonly url?: string;
  readonly hours?: string;
}

/** Addresses to which anybody who knows them can write: they are secrets, and belong into Secrets Manager. */
const WEBHOOK =
  /^https?:\/\/([^/]*\.)?(hooks\.slack\.com|events\.(eu\.)?pagerduty\.com|discord(app)?\.com\/api\/webhooks|[^/]*webhook\.office\.com|api\.telegram\.org)/i;
const SECRET_PART = /[?&#](?:[^=&]*(?:token|secret|key|password|signature|sig|auth))=/i;

/** Why this is no address to print in a runbook; undefined if it is one. */
export function faultOfContactUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return 'should be a URL such as https://status.example.com';
  const { protocol, username, password } = new URL(text);
  if (protocol !== 'https:' && protocol !== 'http:') return 'should begin with https://';
  if (username !== '' || password !== '' || WEBHOOK.test(text) || SECRET_PART.test(text)) {
    return 'holds a secret, and a runbook is read by many: give the address of a page that asks who one is';
  }
  return undefined;
}

/** What people dial: digits, and what they are grouped by. */
export const PHONE = /^\+?[0-9][0-9 ()./-]{2,30}(?: ?(?:ext\.?|x) ?[0-9]{1,6})?$/;
