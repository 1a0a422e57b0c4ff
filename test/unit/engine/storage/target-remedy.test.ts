import { expect, it } from 'vitest';
import { explain, type S3Facts } from '../../../../lib/engine/storage/s3-explanation.ts';

const FACTS: S3Facts = {
  ...{ name: 'Error', reason: 'x', message: 'x', status: undefined, attempts: 1 },
  ...{ requestId: undefined, bucketRegion: undefined },
};

it.each<readonly [string, Partial<S3Facts>, string]>([
  ['no region', { message: 'Region is missing' }, '--to-region'],
  ['another region', { reason: 'PermanentRedirect', bucketRegion: 'eu-west-1' }, '--to-region eu-west-1,'],
  ['an unknown region', { reason: 'PermanentRedirect' }, "--to-region <the bucket's region>,"],
  ['no credentials', { name: 'CredentialsProviderError' }, '--to-profile'],
  ['expired credentials', { reason: 'ExpiredToken' }, '--to-profile'],
  ['no address', { reason: 'ENOTFOUND' }, '--to-region, --to-endpoint'],
  ['no answer', { reason: 'ECONNREFUSED' }, '--to-endpoint'],
  ['no connection', { reason: 'ETIMEDOUT' }, '--to-endpoint'],
  ['no trust', { reason: 'CERT_HAS_EXPIRED' }, '--to-endpoint'],
])('names the options of the target, and no variable: %s', (_, facts, option) => {
  const attempt = { action: 'list', key: undefined, storeUrl: 's3://offsite/x' } as const;
  const { remedy } = explain({ ...FACTS, ...facts }, { ...attempt, isCopyTarget: true });
  expect(remedy).toContain(option);
  expect(remedy).not.toMatch(/AWS_/);
  // The vault itself is what the environment says.
  expect(explain({ ...FACTS, ...facts }, attempt).remedy).not.toContain('--to-');
});
