import { isAllowed, type Statement } from '../../infra/support/policy.ts';
import type { AwsAccess } from '../aws/aws-server.ts';
import type { Fault, RequestInfo } from '../s3-server/fault.ts';
import type { S3Server } from '../s3-server/server.ts';

/** What S3 asks IAM before it carries an operation out (Amazon S3 User Guide, "Required permissions for API operations"). */
const ACTIONS: Partial<Record<RequestInfo['operation'], string>> = {
  PutObject: 's3:PutObject',
  CreateMultipartUpload: 's3:PutObject',
  UploadPart: 's3:PutObject',
  CompleteMultipartUpload: 's3:PutObject',
  AbortMultipartUpload: 's3:AbortMultipartUpload',
  GetObject: 's3:GetObject',
  HeadObject: 's3:GetObject',
  ListObjectsV2: 's3:ListBucket',
  ListObjectVersions: 's3:ListBucketVersions',
  GetBucketLifecycleConfiguration: 's3:GetLifecycleConfiguration',
  PutBucketLifecycleConfiguration: 's3:PutLifecycleConfiguration',
};
/** Of a request with a version id. */
const ACTIONS_ON_VERSIONS: Partial<Record<RequestInfo['operation'], string>> = {
  GetObject: 's3:GetObjectVersion',
  HeadObject: 's3:GetObjectVersion',
  GetObjectTagging: 's3:GetObjectVersionTagging',
  PutObjectTagging: 's3:PutObjectVersionTagging',
  DeleteObjectTagging: 's3:DeleteObjectVersionTagging',
};
/** What a write needs besides s3:PutObject if it has this header; the parts of an upload inherit it. */
const ACTIONS_OF_HEADERS: Readonly<Record<string, string>> = {
  'x-amz-object-lock-mode': 's3:PutObjectRetention',
  'x-amz-object-lock-legal-hold': 's3:PutObjectLegalHold',
  'x-amz-tagging': 's3:PutObjectTagging',
};
/** The value of s3:ObjectCreationOperation: whether a write creates an object, or only prepares one. */
const CREATIONS: Partial<Record<RequestInfo['operation'], string>> = {
  PutObject: 'true',
  CompleteMultipartUpload: 'true',
  CreateMultipartUpload: 'false',
  UploadPart: 'false',
};
/** Condition keys that S3 fills from a header of the same name. */
const KEYS_OF_HEADERS = [
  'if-none-match',
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-aws-kms-key-id',
];
const DAY_MS = 86_400_000;
const TLS = { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3' };

/** Holds a function to the permissions of its role, as S3 and IAM would: the servers of the tests know none. */
export class RoleGuard {
  readonly #s3: S3Server;
  readonly refused: string[] = [];
  /** Of the function that runs. */
  statements: readonly Statement[] = [];
  /** The ARN of its role. */
  principal = '';

  constructor(s3: S3Server) {
    this.#s3 = s3;
    s3.onRequest = (request) => this.#decide(request);
  }

  allows({ action, resource, context }: AwsAccess): boolean {
    const allowed = isAllowed(this.statements, { action, resource, context });
    if (!allowed) this.refused.push(`${action} ${resource}`);
    return allowed;
  }

  #decide({ operation, bucket = '', key, query, headers, tags }: RequestInfo): Fault {
    const ofVersion = query.has('versionId') ? ACTIONS_ON_VERSIONS[operation] : undefined;
    const action = ofVersion ?? ACTIONS[operation] ?? `s3:${operation}`;
    const creation = CREATIONS[operation];
    const context = {
      ...TLS,
      'aws:PrincipalArn': this.principal,
      ...(tags && tagContext(tags)),
      ...lockContext(headers),
      ...(creation === undefined ? {} : { 's3:ObjectCreationOperation': creation }),
      ...Object.fromEntries(
        KEYS_OF_HEADERS.flatMap((name) =>
          headers[name] === undefined ? [] : [[`s3:${name}`, String(headers[name])]],
        ),
      ),
      ...(query.has('prefix') ? { 's3:prefix': query.get('prefix') ?? '' } : {}),
    };
    const resource = key === undefined ? `arn:${bucket}` : `arn:${bucket}/${key}`;
    const ofHeaders = Object.entries(ACTIONS_OF_HEADERS).flatMap(([header, needed]) =>
      headers[header] === undefined ? [] : [needed],
    );
    const needed = [action, ...ofHeaders];
    if (!needed.every((each) => this.allows({ action: each, resource, context }))) return DENIED;
    // To those who may not list, S3 does not say that there is no such object.
    const mayList = isAllowed(this.statements, {
      action: 's3:ListBucket',
      resource: `arn:${bucket}`,
      context: TLS,
    });
    const isThere =
      key === undefined || action !== 's3:GetObject' || this.#s3.object(key, bucket) !== undefined;
    return isThere || mayList ? 'pass' : DENIED;
  }
}

/** Amazon S3 User Guide, "Tagging and access control policies". */
function tagContext(tags: Readonly<Record<string, string>>): Record<string, string | string[]> {
  const values = Object.entries(tags).map(([key, value]) => [`s3:RequestObjectTag/${key}`, value] as const);
  return { 's3:RequestObjectTagKeys': Object.keys(tags), ...Object.fromEntries(values) };
}

/** How long a write would lock, in days that have begun or not: S3's own rounding is not documented. */
function lockContext(headers: RequestInfo['headers']): Record<string, string> {
  const mode = headers['x-amz-object-lock-mode'];
  const until = headers['x-amz-object-lock-retain-until-date'];
  if (mode === undefined || until === undefined) return {};
  const days = (new Date(String(until)).getTime() - Date.now()) / DAY_MS;
  return {
    's3:object-lock-mode': String(mode),
    's3:object-lock-remaining-retention-days': String(days),
  };
}

const DENIED = { status: 403, code: 'AccessDenied', message: 'Access Denied' } as const;
