import { expect, it } from 'vitest';
import { LifeboatError } from '../../../../lib/engine/ground/errors.ts';
import { errorText } from '../../../../lib/present/terminal/error-text.ts';
import { PLAIN_PAGE } from '../../../../lib/present/terminal/page.ts';

const refused = new LifeboatError({
  code: 'source-connection-refused',
  kind: 'source',
  what: 'Cannot connect to app@db.example.com:5432/shop: connect ECONNREFUSED.',
  meaning: 'Nothing listens at this host and port.',
  remedy: 'Check that the server runs, the port, and that a firewall lets this machine through.',
});

it('has three parts, the code last', () => {
  expect(errorText(refused, 3, PLAIN_PAGE)).toBe(
    [
      'error    Cannot connect to app@db.example.com:5432/shop: connect ECONNREFUSED.',
      'meaning  Nothing listens at this host and port.',
      'to do    Check that the server runs, the port, and that a firewall lets this machine through.',
      'code     source-connection-refused (exit 3)',
      '',
    ].join('\n'),
  );
});

it('is wrapped in a terminal, each part under its own', () => {
  const lines = errorText(refused, 3, { ...PLAIN_PAGE, isTerminal: true, columns: 50 }).split('\n');
  expect(lines.slice(0, 3)).toEqual([
    'error    Cannot connect to',
    '         app@db.example.com:5432/shop: connect',
    '         ECONNREFUSED.',
  ]);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(50);
});

it('leaves out parts that there are none of, and never passes on what could steer a terminal', () => {
  const odd = new LifeboatError({ code: 'odd', kind: 'internal', what: 'Table "a\u001b[2J\nb" is odd.' });
  expect(errorText(odd, 1, PLAIN_PAGE)).toBe(
    'error    Table "a\\x1b[2J\\x0ab" is odd.\ncode     odd (exit 1)\n',
  );
});
