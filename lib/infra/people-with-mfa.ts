import {
  AccountRootPrincipal,
  ArnPrincipal,
  CompositePrincipal,
  type PrincipalBase,
} from 'aws-cdk-lib/aws-iam';

/**
 * The people who may assume a role, if they signed in with MFA within the last hour: these users or roles, or
 * everybody in the account whose own permissions allow it. (Sessions of IAM Identity Center do not carry
 * aws:MultiFactorAuthPresent, because MFA happens at sign-in. People who use it need a permission set of
 * their own.)
 */
export function peopleWithMfa(trustedArns: readonly string[] = []): PrincipalBase {
  const [first, ...others]: PrincipalBase[] = trustedArns.map((arn) => new ArnPrincipal(arn));
  const people = first ? new CompositePrincipal(first, ...others) : new AccountRootPrincipal();
  return people.withConditions({
    Bool: { 'aws:MultiFactorAuthPresent': 'true' },
    NumericLessThan: { 'aws:MultiFactorAuthAge': '3600' },
  });
}
