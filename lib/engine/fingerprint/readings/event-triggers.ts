import { identifier } from '../identity.ts';
import { type Reading, routine, unordered } from '../reading.ts';
import { enabled } from './enabled.ts';

export function eventTriggers(): Reading {
  return {
    kind: `'event trigger'`,
    name: { parts: ['t.evtname'], format: identifier },
    address: { catalog: 'pg_event_trigger', oid: 't.oid' },
    inSchema: false,
    onlyIf: 'pg_catalog.pg_event_trigger',
    from: 'pg_catalog.pg_event_trigger t',
    facts: {
      owner: 'pg_catalog.pg_get_userbyid(t.evtowner)',
      event: 't.evtevent',
      function: routine('t.evtfoid'),
      enabled: enabled('t.evtenabled'),
      tags: unordered('t.evttags'),
    },
  };
}
