import type { Template } from 'aws-cdk-lib/assertions';
import { EXPIRY_TAG } from '../../../lib/contract/expiry-tag.ts';
import { resource } from '../support/synthesized.ts';

/** A rule of the bucket, as far as it deletes. */
export interface SimulatedRule {
  readonly prefix: string;
  /** Whether it concerns only what the keeper has marked. */
  readonly needsMark: boolean;
  readonly days: number | undefined;
  readonly noncurrentDays: number | undefined;
  readonly removesExpiredMarkers: boolean;
}

const KNOWN = new Set([
  ...['Id', 'Status', 'Prefix', 'TagFilters', 'ExpirationInDays', 'NoncurrentVersionExpiration'],
  ...['Transitions', 'ExpiredObjectDeleteMarker', 'AbortIncompleteMultipartUpload'],
]);

interface RuleProperties {
  readonly Id: string;
  readonly Status: string;
  readonly Prefix?: string;
  readonly TagFilters?: ReadonlyArray<{ readonly Key: string; readonly Value: string }>;
  readonly ExpirationInDays?: number;
  readonly NoncurrentVersionExpiration?: { readonly NoncurrentDays: number };
  readonly ExpiredObjectDeleteMarker?: boolean;
}

/** The lifecycle rules of a synthesized vault, as S3 would be told them. Throws on what is not simulated. */
export function rulesOf(template: Template): SimulatedRule[] {
  const [, { Properties }] = resource(template, 'AWS::S3::Bucket', /VaultBucket/);
  const { Rules } = Properties.LifecycleConfiguration as { Rules: RuleProperties[] };
  return Rules.map((rule) => {
    const unknown = Object.keys(rule).filter((name) => !KNOWN.has(name));
    if (unknown.length > 0 || rule.Status !== 'Enabled')
      throw new Error(`${rule.Id} has ${unknown.join(', ') || rule.Status}, which is not simulated`);
    const tags = rule.TagFilters ?? [];
    if (tags.some(({ Key, Value }) => Key !== EXPIRY_TAG.key || Value !== EXPIRY_TAG.value))
      throw new Error(`${rule.Id} has another tag, which is not simulated`);
    return {
      prefix: rule.Prefix ?? '',
      needsMark: tags.length > 0,
      days: rule.ExpirationInDays,
      noncurrentDays: rule.NoncurrentVersionExpiration?.NoncurrentDays,
      removesExpiredMarkers: rule.ExpiredObjectDeleteMarker ?? false,
    };
  });
}
