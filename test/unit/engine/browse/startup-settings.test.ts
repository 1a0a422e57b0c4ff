import { expect, it } from 'vitest';
import { startupSettings } from '../../../../lib/engine/browse/startup-settings.ts';

it('are those a client may have, and those of PGOPTIONS', () => {
  const given = new Map([
    ['user', 'a'],
    ['database', 'b'],
    ['TimeZone', 'UTC'],
    ['default_transaction_read_only', 'off'],
    ['_pq_.command_tag', '1'],
    [
      'options',
      '-c search_path=app,public -c extra_float_digits=3 --statement-timeout=5s -c app.name=two\\ words -c role=postgres',
    ],
  ]);
  expect(Object.fromEntries(startupSettings(given))).toEqual({
    TimeZone: 'UTC',
    search_path: 'app,public',
    extra_float_digits: '3',
    statement_timeout: '5s',
    'app.name': 'two words',
  });
});
