import { Stack, Token } from 'aws-cdk-lib';
import { Grant, type IGrantable, type PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/**
 * Adds statements to a grantee's own policy. They are the ones that Lifeboat's own roles have, because CDK's grants on
 * buckets and keys allow more. Throws for a principal of another account, and for one without policies: the policies
 * of a vault name nobody from outside.
 */
export function grantStatements(
  scope: Construct,
  grantee: IGrantable,
  statements: readonly PolicyStatement[],
): Grant {
  const account = grantee.grantPrincipal.principalAccount;
  const own = Stack.of(scope).account;
  if (account !== undefined && account !== own && !Token.isUnresolved(account) && !Token.isUnresolved(own)) {
    throw new Error(
      `${scope.node.path} is in account ${own} and cannot grant anything to a principal of account ${account}: let it assume a role of account ${own}.`,
    );
  }
  const grants = statements.map(({ actions, resources, conditions }) =>
    Grant.addToPrincipal({ grantee, actions, resourceArns: resources, conditions }),
  );
  const [first, ...others] = grants as [Grant, ...Grant[]];
  const all = others.reduce((grant, other) => grant.combine(other), first);
  for (const grant of grants) grant.assertSuccess();
  return all;
}
