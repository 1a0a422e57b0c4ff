import { describe, expect, it } from 'vitest';
import {
  checkAccount,
  checkEmail,
  checkEnvironment,
  checkRegion,
  checkSecret,
  checkSecretIn,
  checkSource,
  checkWritable,
} from '../../../lib/init/values.ts';

const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:lifeboat/production/app-AbCdEf';

describe('values of a project', () => {
  it.each([
    [checkEnvironment, 'production'],
    [checkSource, 'shop.eu_1'],
    [checkRegion, 'us-gov-west-1'],
    [checkAccount, '111122223333'],
    [checkEmail, 'on-call+db@example.com'],
    [checkSecret, 'lifeboat/production/app'],
    [checkSecret, ARN],
    [checkSecretIn('eu-central-1'), ARN],
    [checkSecretIn('eu-west-1'), 'lifeboat/production/app'],
    [checkWritable, "/mnt/Anna's disk/100 %/"],
  ])('are taken: %o %s', (check, value) => {
    expect(check(value)).toBeUndefined();
  });

  it.each([
    [checkEnvironment, "production': {} }; //"],
    [checkEnvironment, 'production\n'],
    [checkSource, "shop'; rm -rf ~; '"],
    [checkSource, 'shop\n0 0 * * * evil'],
    [checkSource, '../shop'],
    [checkRegion, 'eu-central-1`id`'],
    [checkAccount, '1111'],
    [checkEmail, 'a@example.com\nMAILTO=b@example.com'],
    [checkEmail, `a'b"$(id)@example.com`],
    [checkEmail, ''],
    [checkSecret, "name', x: '"],
    [checkSecret, 'arn:aws:s3:::bucket'],
    [checkSecret, ''],
    [checkSecretIn('eu-west-1'), ARN],
    [checkWritable, 'a\nb'],
    [checkWritable, 'a\u2028b'],
    [checkWritable, 'a\u0000b'],
  ])('are refused: %o %j', (check, value) => {
    expect(check(value)).toMatch(/^It (must|is) /);
  });

  it('never take the connection for the name of its secret', () => {
    expect(checkSecret('postgres://app:hunter22@db/shop')).toContain('not the connection');
  });
});
