import { expect, test } from 'vitest';
import { OwnAnswers, type OwnAnswersOptions } from '../../../../lib/engine/schema-dump/own-answers.ts';
import { cString, message } from '../../../../lib/engine/wire/backend-messages.ts';

const LOCKED = [
  { schema: 'public', name: 'users' },
  { schema: 'Odd "one"', name: 'a, b.c' },
];

/** What the server is asked for each of these queries; undefined where it is not asked. */
function asked(options: OwnAnswersOptions, ...queries: string[]): Array<string | undefined> {
  const answers = new OwnAnswers(options);
  return queries.map((query) => {
    const known = answers.answer(message('Q', cString(query)));
    if ('ask' in known) return Buffer.from(known.ask).toString('utf8', 5, known.ask.length - 1);
    const tag = query.startsWith('LOCK') ? 'LOCK TABLE' : 'SET';
    expect(Buffer.from(known.answer).toString('latin1', 5, 5 + tag.length)).toBe(tag);
    expect(Buffer.from(known.answer).subarray(-6)).toEqual(Buffer.from('Z\0\0\0\x05T'));
    return undefined;
  });
}

test('does not ask for locks that are held, nor for the time-out around them', () => {
  const lock = 'LOCK TABLE public.users, "Odd ""one"""."a, b.c" IN ACCESS SHARE MODE';
  const off = 'SET statement_timeout = 0';
  expect(asked({ locked: LOCKED }, off, "SET statement_timeout = '2000'", lock, off)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test('asks for a lock that is not held, for that one alone, and with the time-out', () => {
  const lock = 'LOCK TABLE public.users, ext."O""dd", "Odd ""one"""."a, b.c" IN ACCESS SHARE MODE';
  const off = 'SET statement_timeout = 0';
  expect(asked({ locked: LOCKED }, off, "SET statement_timeout = '2000'", lock, off)).toEqual([
    undefined,
    undefined,
    'SET statement_timeout = 2000; LOCK TABLE ext."O""dd" IN ACCESS SHARE MODE; SET statement_timeout = 0',
    undefined,
  ]);
  const upper = 'LOCK TABLE public."Users" IN ACCESS SHARE MODE';
  expect(asked({ locked: LOCKED }, upper)).toEqual([
    `SET statement_timeout = 0; ${upper}; SET statement_timeout = 0`,
  ]);
});

test('asks everything that it does not know', () => {
  const unreadable = [
    'LOCK TABLE users IN ACCESS SHARE MODE',
    'LOCK TABLE public.users, ONLY public.users IN ACCESS SHARE MODE',
  ];
  const around = (query: string) => `SET statement_timeout = 0; ${query}; SET statement_timeout = 0`;
  expect(asked({ locked: LOCKED }, ...unreadable)).toEqual(unreadable.map(around));
  const others = ['LOCK TABLE public.users IN SHARE MODE', 'SELECT 1', ...unreadable];
  expect(asked({ locked: LOCKED }, 'LOCK TABLE public.users IN SHARE MODE', 'SELECT 1')).toEqual(
    others.slice(0, 2),
  );
  const all = [
    'SET statement_timeout = 0',
    "SET statement_timeout = '2000'",
    'SET lock_timeout = 0',
    ...others,
  ];
  expect(asked({}, ...all)).toEqual(all);
});

test('keeps the lock_timeout of a session that has one', () => {
  expect(asked({ keepsLockTimeout: true }, 'SET lock_timeout = 0', 'SET row_security = off')).toEqual([
    undefined,
    'SET row_security = off',
  ]);
});
