import type { Template } from 'aws-cdk-lib/assertions';
import { asList, resolve } from './intrinsics.ts';
import { resource, resources } from './synthesized.ts';

export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | string[];
  readonly Resource?: string | string[];
  readonly Principal?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | string[]>>>>;
}

export interface AccessRequest {
  readonly action: string;
  readonly resource: string;
  /** Condition keys that the request carries. */
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

interface PolicyProperties {
  readonly PolicyDocument: { readonly Statement: Statement[] };
  readonly Roles?: string[];
  readonly RoleName?: string;
}

/** The statements of a role's own policies, and of those that are attached to it. */
export function roleStatements(template: Template, logicalId: RegExp): Statement[] {
  const [id, role] = resource(template, 'AWS::IAM::Role', logicalId);
  if (role.Properties.ManagedPolicyArns)
    throw new Error(`${id} has managed policies, which are not evaluated here`);
  const own = (resolve(role.Properties.Policies) ?? []) as PolicyProperties[];
  // A nested stack adds to a role of another stack by a policy of its own.
  const attached = ['AWS::IAM::Policy', 'AWS::IAM::RolePolicy']
    .flatMap((type) => Object.values(template.findResources(type)))
    .map(({ Properties }) => resolve(Properties) as PolicyProperties)
    .filter(({ Roles, RoleName }) => Roles?.includes(id) || RoleName === id);
  return [...own, ...attached].flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

/** The statements of the policy on a bucket. */
export function bucketStatements(template: Template, bucketId: string): Statement[] {
  const found = resources(template, 'AWS::S3::BucketPolicy').filter(
    ([, policy]) => resolve(policy.Properties.Bucket) === bucketId,
  );
  return found.flatMap(
    ([, policy]) => (resolve(policy.Properties.PolicyDocument) as { Statement: Statement[] }).Statement,
  );
}

/** As IAM decides within one account: a Deny wins, else an Allow is needed. */
export function isAllowed(statements: readonly Statement[], request: AccessRequest): boolean {
  const applying = statements.filter((statement) => applies(statement, request));
  return (
    applying.some(({ Effect }) => Effect === 'Allow') && !applying.some(({ Effect }) => Effect === 'Deny')
  );
}

function applies(statement: Statement, { action, resource, context = {} }: AccessRequest): boolean {
  const actions = asList(statement.Action);
  const targets = asList(statement.Resource);
  if (actions.length === 0 || targets.length === 0)
    throw new Error('a statement without actions or resources');
  return (
    actions.some((pattern) => like(pattern.toLowerCase(), action.toLowerCase())) &&
    targets.some((pattern) => like(pattern, resource)) &&
    Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
      Object.entries(keys).every(([key, wanted]) => holds(operator, asList(wanted), context[key])),
    )
  );
}

/** Unknown operators throw: a condition that is not understood must not be taken as met, nor as unmet. */
function holds(operator: string, wanted: string[], given: string | readonly string[] | undefined): boolean {
  // True for a key without values, too (IAM User Guide, "Set operators for multi-valued context keys").
  if (operator === 'ForAllValues:StringEquals')
    return (typeof given === 'string' ? [given] : (given ?? [])).every((value) => wanted.includes(value));
  if (typeof given === 'object') throw new Error(`${operator} on a key with several values`);
  const actual = given;
  switch (operator) {
    case 'StringEquals':
    case 'ForAnyValue:StringEquals':
    case 'Bool':
      return actual !== undefined && wanted.includes(actual);
    case 'StringLike':
    case 'ArnLike':
      return actual !== undefined && wanted.some((pattern) => like(pattern, actual));
    case 'StringLikeIfExists':
      return actual === undefined || wanted.some((pattern) => like(pattern, actual));
    case 'Null':
      return wanted.includes(String(actual === undefined));
    case 'StringNotEquals':
      return actual === undefined || !wanted.includes(actual);
    case 'ArnEquals':
      return actual !== undefined && wanted.some((pattern) => like(pattern, actual));
    case 'ArnNotEquals':
      return actual === undefined || !wanted.some((pattern) => like(pattern, actual));
    case 'NumericLessThan':
      return actual !== undefined && wanted.some((limit) => Number(actual) < Number(limit));
    case 'NumericGreaterThan':
      return actual !== undefined && wanted.some((limit) => Number(actual) > Number(limit));
    case 'NumericLessThanEquals':
      return actual !== undefined && wanted.some((limit) => Number(actual) <= Number(limit));
    default:
      throw new Error(`the condition operator ${operator} is not evaluated here`);
  }
}

/** `*` is any characters, slashes too; `?` is one. */
function like(pattern: string, text: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 's').test(text);
}
