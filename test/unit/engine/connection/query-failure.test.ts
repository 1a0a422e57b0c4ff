import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { connectionSettings } from '../../../../lib/engine/connection/connection-settings.ts';
import { isSourceError, sourceFailure } from '../../../../lib/engine/connection/query-failure.ts';
import { LifeboatError } from '../../../../lib/engine/ground/errors.ts';

const settings = connectionSettings('postgres://u:s3cret@127.0.0.1/db');

function databaseError(code: string, message: string): pg.DatabaseError {
  const error = new pg.DatabaseError(message, message.length, 'error');
  error.code = code;
  return error;
}

describe('what the driver throws', () => {
  it.each([
    ['57P01', 'terminating connection due to administrator command', 'source-connection-lost'],
    ['40001', 'canceling statement due to conflict with recovery', 'source-recovery-conflict'],
    ['XX001', 'invalid page in block 7 of relation base/5/16384', 'source-damaged'],
    ['42501', 'permission denied for function f', 'source-query-failed'],
  ])('SQLSTATE %s: %s', (code, message, expected) => {
    expect(sourceFailure(databaseError(code, message), 'Reading public.t', settings)).toMatchObject({
      code: expected,
      kind: 'source',
    });
  });

  it('is told from failures of stores and from our own errors', () => {
    const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    expect(sourceFailure(reset, 'Reading public.t', settings)).toMatchObject({
      code: 'source-connection-lost',
    });
    expect(sourceFailure(new Error('Connection terminated unexpectedly'), 'x', settings)).toMatchObject({
      code: 'source-connection-lost',
    });
    const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    const own = new LifeboatError({ code: 'x', kind: 'vault', what: 'x' });
    expect([full, own, new TypeError('a bug')].map(isSourceError)).toEqual([false, false, false]);
    expect(sourceFailure(own, 'x', settings)).toBe(own);
  });

  it('gives way to what the server said before the connection ended', () => {
    const ending = databaseError('57P01', 'terminating connection due to administrator command');
    const closed = new Error('Connection terminated unexpectedly');
    const said = { ending, metRecoveryConflict: false };
    expect(sourceFailure(closed, 'x', settings, said)).toMatchObject({
      what: expect.stringContaining('administrator command'),
    });
  });

  it('is a recovery conflict in any language, whoever of the session met it', () => {
    const german = databaseError(
      '40001',
      'Anfrage wird wegen eines Konflikts mit der Wiederherstellung storniert',
    );
    const said = { ending: undefined, metRecoveryConflict: true };
    const dump = new LifeboatError({ code: 'schema-dump-failed', kind: 'source', what: 'pg_dump gave up.' });
    const full = new LifeboatError({ code: 'vault-full', kind: 'vault', what: 'The vault is full.' });
    const conflict = sourceFailure(german, 'Reading public.t', settings);
    expect(conflict).toMatchObject({ code: 'source-recovery-conflict' });
    expect(sourceFailure(dump, 'A query', settings, said)).toMatchObject({
      code: 'source-recovery-conflict',
    });
    expect(sourceFailure(conflict, 'A query', settings, said)).toBe(conflict);
    expect(sourceFailure(full, 'A query', settings, said)).toBe(full);
  });
});

describe('a row that is too large for COPY', () => {
  it.each([
    ['XX000', 'invalid memory alloc request size 1174405123'],
    ['54000', 'string buffer exceeds maximum allowed length (1073741823 bytes)'],
    ['54000', 'out of memory'],
  ])('%s: %s is no damaged data', (code, message) => {
    expect(sourceFailure(databaseError(code, message), 'Reading public.file', settings)).toMatchObject({
      code: 'source-row-too-large',
      what: expect.stringContaining('public.file'),
      meaning: expect.stringContaining('1 GB'),
      remedy: expect.stringContaining('--exclude-table-data'),
    });
  });

  it('is none that asks for more than any value could take: that is damage', () => {
    const damage = databaseError('XX000', 'invalid memory alloc request size 18446744073709551613');
    expect(sourceFailure(damage, 'Reading public.file', settings)).toMatchObject({ code: 'source-damaged' });
  });
});

describe('a session that the server ended because nobody said anything', () => {
  it.each(['25P03', '25P04', '57P05'])('%s is no server that cannot be reached', (code) => {
    const ended = databaseError(code, 'terminating connection due to idle-in-transaction timeout');
    expect(sourceFailure(ended, 'A query', settings)).toMatchObject({
      code: 'source-session-timed-out',
      meaning: expect.stringContaining('slept'),
    });
  });
});

it('a lock that was not had in time is no lack of privileges', () => {
  const late = databaseError('55P03', 'canceling statement due to lock timeout');
  expect(sourceFailure(late, 'A query', settings)).toMatchObject({ code: 'source-locked' });
});
