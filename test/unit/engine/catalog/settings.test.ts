import { describe, expect, it } from 'vitest';
import { looksSecret, parseSetting, setClause, withhold } from '../../../../lib/engine/catalog/settings.ts';

describe('a setting', () => {
  it.each([
    ['work_mem=64MB', `SET "work_mem" TO '64MB'`],
    [
      'search_path="$user", public, "Odd, ""Schema"""',
      `SET "search_path" TO '$user', 'public', 'Odd, "Schema"'`,
    ],
    ['search_path=""', `SET "search_path" TO ''`],
    ['search_path=', `SET "search_path" TO ''`],
    ['temp_tablespaces=a,b', `SET "temp_tablespaces" TO 'a', 'b'`],
    ['DateStyle=ISO, DMY', `SET "DateStyle" TO 'ISO, DMY'`],
    ['app.greeting=it\'s, "so"=1', `SET "app.greeting" TO 'it''s, "so"=1'`],
  ])('%s is set again by %s', (text, clause) => {
    expect(setClause(parseSetting(text), 18)).toBe(clause);
  });

  it.each([
    'app.jwt_secret=abc',
    'app.settings.jwt_secret=abc',
    'pgsodium.key=abc',
    'app.api_key=abc',
    'smtp.password=abc',
    'app.upstream=postgres://app:abc@db.example.org/x',
    'app.conninfo=host=x password=abc',
  ])('%s looks secret', (text) => {
    expect(looksSecret(parseSetting(text))).toBe(true);
  });

  it.each([
    'password_encryption=scram-sha-256',
    'app.tenant=42',
    'app.settings.jwt_exp=3600',
    'app.primary_currency=EUR',
    'plpgsql.variable_conflict=use_column',
  ])('%s does not', (text) => {
    expect(looksSecret(parseSetting(text))).toBe(false);
  });

  it('that is withheld is named on one line', () => {
    expect(withhold('role a\nDROP TABLE users;', { name: 'app.key', value: 'abc' })).toEqual({
      name: 'setting app.key of role a DROP TABLE users;',
      placeholder: '<set the setting app.key of role a DROP TABLE users;>',
    });
  });
});
