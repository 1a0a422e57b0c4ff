import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { vaultUrl } from '../../../../lib/cli/options/vault-option.ts';

const at = (given: string | undefined, environment = {}) => vaultUrl(given, environment, '/home/me');

it('takes URLs as they are, and paths from where one stands', () => {
  expect(at('s3://bucket/prefix')).toBe('s3://bucket/prefix');
  expect(at('file:///var/backups')).toBe('file:///var/backups');
  expect(at('/var/backups')).toBe('file:///var/backups');
  expect(at('backups')).toBe('file:///home/me/backups');
  expect(fileURLToPath(at('50% off?/#1 ä'))).toBe('/home/me/50% off?/#1 ä');
});

it('prefers the option to LIFEBOAT_VAULT', () => {
  expect(at(undefined, { LIFEBOAT_VAULT: 's3://b' })).toBe('s3://b');
  expect(at('/x', { LIFEBOAT_VAULT: 's3://b' })).toBe('file:///x');
});

it('refuses none, nothing, and what no vault can be, without repeating it', () => {
  expect(() => at(undefined)).toThrow(/No vault was named.*LIFEBOAT_VAULT/);
  expect(() => at('')).toThrow(/is empty/);
  expect(() => at('postgres://me:secret@db/x')).toThrow(/^A vault cannot be at postgres:\/\/…/);
});
