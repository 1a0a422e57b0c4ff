import { targetRemedy } from './target-remedy.ts';

/** The actions on a bucket, with the permissions that they need. */
export const S3_ACTIONS = {
  write: { verb: 'Writing', permissions: 's3:PutObject' },
  'write-locked': {
    verb: 'Writing',
    permissions: 's3:PutObject and s3:PutObjectRetention, for objects that are locked at their write',
  },
  read: {
    verb: 'Reading',
    permissions: 's3:GetObject (and s3:ListBucket, without which a missing object looks like this too)',
  },
  list: { verb: 'Listing', permissions: 's3:ListBucket' },
  'list-versions': {
    verb: 'Listing the versions of',
    permissions: 's3:ListBucketVersions (on the bucket, not on its objects)',
  },
  'read-version': {
    verb: 'Reading an older version of',
    permissions: 's3:GetObjectVersion (and kms:Decrypt for the key of the bucket)',
  },
  hold: { verb: 'Changing the legal hold of', permissions: 's3:PutObjectLegalHold' },
  'read-hold': { verb: 'Reading the legal hold of', permissions: 's3:GetObjectLegalHold' },
  'read-retention': { verb: 'Reading the retention of', permissions: 's3:GetObjectRetention' },
  tag: { verb: 'Tagging', permissions: 's3:PutObjectTagging and s3:PutObjectVersionTagging' },
  'read-tags': {
    verb: 'Reading the tags of',
    permissions: 's3:GetObjectTagging and s3:GetObjectVersionTagging',
  },
  untag: {
    verb: 'Removing the tags of',
    permissions: 's3:DeleteObjectTagging and s3:DeleteObjectVersionTagging',
  },
  'read-rules': {
    verb: 'Reading the lifecycle rules of',
    permissions: 's3:GetLifecycleConfiguration (on the bucket, not on its objects)',
  },
  'read-bucket-tags': {
    verb: 'Reading the tags of the bucket of',
    permissions: 's3:GetBucketTagging (on the bucket, not on its objects)',
  },
  delete: { verb: 'Deleting', permissions: 's3:DeleteObject' },
  abort: { verb: 'Abandoning', permissions: 's3:AbortMultipartUpload' },
} as const;

export type S3Action = keyof typeof S3_ACTIONS;

export interface S3Attempt {
  readonly action: S3Action;
  /** Undefined for a request about the whole bucket. */
  readonly key: string | undefined;
  readonly storeUrl: string;
  /** The vault is the one that a copy goes to, which options describe, and not the environment. */
  readonly isCopyTarget?: boolean;
}

/** The facts about a failed request. */
export interface S3Facts {
  readonly name: string;
  /** The system's error code if there is one, otherwise S3's. */
  readonly reason: string;
  readonly message: string;
  readonly status: number | undefined;
  readonly attempts: number;
  readonly requestId: string | undefined;
  readonly bucketRegion: string | undefined;
}

interface Explanation {
  readonly code: string;
  readonly what: string;
  readonly meaning?: string;
  readonly remedy: string;
}

/** The first explanation that fits: what happened, what it means, what to do. */
export function explain(facts: S3Facts, attempt: S3Attempt): Explanation {
  const bucket = attempt.storeUrl.slice('s3://'.length).split('/')[0] ?? '';
  const known =
    explainCredentials(facts) ??
    explainRegion(facts, bucket) ??
    explainSpace(facts) ??
    explainAccess(facts, attempt) ??
    explainConnection(facts) ??
    explainLack(facts, attempt) ??
    explainRefusal(facts, bucket);
  return attempt.isCopyTarget ? { ...known, remedy: targetRemedy(known.remedy) } : known;
}

function explainCredentials({ name, reason, message }: S3Facts): Explanation | undefined {
  if (['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired', 'RequestExpired'].includes(reason)) {
    return {
      code: 'vault-credentials-expired',
      what: `the AWS credentials have expired (${reason})`,
      remedy: 'Sign in again (aws sso login), or renew the session token.',
    };
  }
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError') {
    return {
      code: 'vault-credentials-missing',
      what: `no usable AWS credentials (${message})`,
      remedy:
        'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, choose a profile with AWS_PROFILE, or run aws sso login.',
    };
  }
  if (
    ['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'InvalidToken', 'UnrecognizedClientException'].includes(
      reason,
    )
  ) {
    return {
      code: 'vault-credentials-wrong',
      what: `the AWS credentials are not accepted (${reason})`,
      remedy:
        'Compare the access key, its secret and the session token with those of the account; all three must belong together.',
    };
  }
  if (reason === 'RequestTimeTooSkewed') {
    return {
      code: 'vault-clock-skewed',
      what: "this machine's clock differs too much from S3's",
      remedy: "Set this machine's clock, and keep it in step with NTP.",
    };
  }
  return undefined;
}

function explainRegion(
  { reason, status, message, bucketRegion }: S3Facts,
  bucket: string,
): Explanation | undefined {
  if (message === 'Region is missing') {
    return {
      code: 'vault-region-missing',
      what: 'no AWS region is set',
      remedy:
        "Set AWS_REGION to the bucket's region; servers other than AWS accept any region, for example us-east-1.",
    };
  }
  const wrong = [
    'PermanentRedirect',
    'TemporaryRedirect',
    'AuthorizationHeaderMalformed',
    'IllegalLocationConstraintException',
  ];
  if (!wrong.includes(reason) && status !== 301) return undefined;
  return {
    code: 'vault-region-wrong',
    what: `the bucket ${bucket} is in another region${bucketRegion === undefined ? '' : `: ${bucketRegion}`} (${reason})`,
    remedy: `Set AWS_REGION=${bucketRegion ?? "<the bucket's region>"}.`,
  };
}

/** This comes before access, because Ceph reports an exceeded quota with status 403. */
function explainSpace({ reason, status }: S3Facts): Explanation | undefined {
  if (!/Quota|StorageFull|InsufficientStorage/.test(reason) && status !== 507) return undefined;
  return {
    code: 'vault-full',
    what: `no space is left (${reason})`,
    remedy: 'Free space, or raise the quota, and run it again.',
  };
}

function explainAccess({ reason, status, message }: S3Facts, attempt: S3Attempt): Explanation | undefined {
  const ofKey = /\bkms\b/i.test(message) || reason.startsWith('KMS.');
  if (ofKey && (status === 400 || status === 403)) {
    return {
      code: 'vault-kms-key-refused',
      what: `the KMS key cannot be used (${reason}: ${message})`,
      meaning:
        'Multipart uploads with a KMS key need kms:GenerateDataKey and kms:Decrypt; reading needs kms:Decrypt.',
      remedy:
        "Grant both in the key's policy, and make sure that the key exists, is enabled and is in the bucket's region.",
    };
  }
  if (reason === 'InvalidObjectState') {
    return {
      code: 'vault-object-archived',
      what: 'the object is in an archive storage class',
      remedy: 'Restore the object first (aws s3api restore-object), wait until that is done, and try again.',
    };
  }
  if (status !== 403 && reason !== 'AccessDenied') return undefined;
  return {
    code: 'vault-access-denied',
    // An answer to HEAD has no body, so it has no message.
    what: `access denied (${message === 'UnknownError' ? 'HTTP 403' : message})`,
    remedy: `Allow ${S3_ACTIONS[attempt.action].permissions} for these credentials, and look for a Deny in the bucket's policy.`,
  };
}

function explainConnection({ name, reason, status, message }: S3Facts): Explanation | undefined {
  const unreachable = (what: string, remedy: string): Explanation => ({
    code: 'vault-unreachable',
    what,
    remedy,
  });
  if (status !== undefined) return undefined;
  if (reason === 'ENOTFOUND' || reason === 'EAI_AGAIN') {
    return unreachable(
      `the name of the endpoint cannot be resolved (${message})`,
      'Check AWS_REGION, AWS_ENDPOINT_URL and DNS.',
    );
  }
  if (reason === 'ECONNREFUSED') {
    return unreachable(
      `the endpoint refused the connection (${message})`,
      'Check AWS_ENDPOINT_URL, and that the server is running.',
    );
  }
  if (/CERT|TLS|SSL|^EPROTO$|HOSTNAME_MISMATCH|UNABLE_TO_/.test(reason)) {
    return {
      code: 'vault-tls-refused',
      what: `no trusted TLS connection to the endpoint (${reason}: ${message})`,
      remedy:
        'Check AWS_ENDPOINT_URL (https or http?); for your own certificate authority, set NODE_EXTRA_CA_CERTS.',
    };
  }
  const network = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ECONNABORTED'];
  if (!network.includes(reason) && name !== 'TimeoutError') return undefined;
  return unreachable(
    `the connection was lost or could not be opened (${message})`,
    'Check the network, any proxy or firewall on the way, and AWS_ENDPOINT_URL; then run it again.',
  );
}

/** What a bucket, or a server, lacks for a request that this one action needs. */
function explainLack({ reason, status, message }: S3Facts, { action }: S3Attempt): Explanation | undefined {
  const unlockable = status === 400 && reason === 'InvalidRequest' && /object ?lock/i.test(message);
  if (unlockable && !/Content-MD5|checksum/i.test(message)) {
    return {
      code: 'vault-no-object-lock',
      what: `the bucket has no Object Lock (${message})`,
      meaning: 'Only a bucket with Object Lock can hold a backup, or lock one for a time.',
      remedy:
        'Enable it: aws s3api put-bucket-versioning, then aws s3api put-object-lock-configuration. With other providers a bucket may have to be made with Object Lock.',
    };
  }
  const needs = NEEDS[action];
  const unknown = status === 501 || reason === 'NotImplemented';
  if (needs === undefined || !unknown) return undefined;
  return {
    code: 'vault-not-capable',
    what: `this S3 server lacks a feature that Lifeboat needs here (${message})`,
    meaning: needs,
    remedy: 'Update the server, or use another vault. Backups, drills and restores do not need it.',
  };
}

const NEEDS: Partial<Record<S3Action, string>> = {
  'list-versions': 'Hidden backups and holds are found by a listing of versions (ListObjectVersions).',
  'read-version': 'A hidden backup is read by the ids of its versions.',
  hold: 'A hold needs legal holds of Object Lock (PutObjectLegalHold).',
  'read-hold': 'A hold needs legal holds of Object Lock (GetObjectLegalHold).',
  'read-retention': 'A lock is read by GetObjectRetention.',
  tag: 'Expiry needs tags of objects (PutObjectTagging).',
  'read-tags': 'Expiry needs tags of objects (GetObjectTagging).',
  untag: 'Expiry needs tags of objects (DeleteObjectTagging).',
};

function explainRefusal({ reason, status, message, attempts }: S3Facts, bucket: string): Explanation {
  if (reason === 'NoSuchBucket') {
    return {
      code: 'vault-missing',
      what: `there is no bucket ${bucket}`,
      remedy: 'Check the name and the account; create the bucket, or deploy the vault.',
    };
  }
  const unconditional = status === 400 && /if-none-match|conditional|precondition/i.test(message);
  if (status === 501 || reason === 'NotImplemented' || unconditional) {
    return {
      code: 'vault-not-capable',
      what: `this S3 server lacks a feature that Lifeboat needs (${message})`,
      meaning:
        'Lifeboat writes each object only where there is none, so that nothing is written over. That needs conditional writes (If-None-Match), in one request and in parts.',
      remedy:
        'Update the server, or use another vault; AWS_REQUEST_CHECKSUM_CALCULATION=when_required helps with some servers.',
    };
  }
  if (reason === 'SlowDown' || status === 429 || status === 503) {
    return {
      code: 'vault-throttled',
      what: `S3 still asks to slow down after ${attempts} tries (${reason})`,
      remedy: 'Run it again later, or with fewer connections.',
    };
  }
  if (status !== undefined && status >= 500) {
    return {
      code: 'vault-server-error',
      what: `S3 still reports an internal error after ${attempts} tries (${reason}: ${message})`,
      remedy: "Run it again; if it fails again, look at the provider's status page.",
    };
  }
  const answered = status === undefined ? '' : `HTTP ${status}, `;
  return {
    code: 'vault-request-refused',
    what: `${answered}${reason}: ${message}`,
    remedy: 'If the endpoint is not an S3 server, correct AWS_ENDPOINT_URL; otherwise please report this.',
  };
}
