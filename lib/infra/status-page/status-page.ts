import { CfnOutput, NestedStack } from 'aws-cdk-lib';
import { CfnRolePolicy, type IRole, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { StatusPageSource } from '../../contract/status-page.ts';
import { StatusPageFunction } from '../functions/status-page-function.ts';
import type { VaultInUse } from '../vault/vault-in-use.ts';
import { PageBucket } from './page-bucket.ts';

/** What a {@link StatusPage} is made from. */
export interface StatusPageStackProps {
  readonly environment: string;
  readonly vault: VaultInUse;
  readonly logRetention: RetentionDays;
}

/** The status page of an environment: its bucket, and the function that writes it when the sentinel asks. */
export class StatusPage extends NestedStack {
  readonly pages: PageBucket;
  readonly function: StatusPageFunction;

  constructor(scope: Construct, id: string, props: StatusPageStackProps) {
    super(scope, id, { description: `Lifeboat: the status page (${props.environment})` });
    this.pages = new PageBucket(this, 'Pages');
    this.function = new StatusPageFunction(this, 'Writer', { ...props, pages: this.pages });
    new CfnOutput(this, 'Bucket', { value: this.pages.bucket.bucketName });
  }

  /** The page tells of another source. */
  tell(source: StatusPageSource): void {
    this.function.tell(source);
  }

  /** Lets a role start the function, and nothing else. */
  letStart(role: IRole): void {
    this.#grant('Start', role, [
      new PolicyStatement({
        sid: 'AskForStatusPage',
        actions: ['lambda:InvokeFunction'],
        resources: [this.function.targetArn],
      }),
    ]);
  }

  /** Lets a role of people read the page. */
  letRead(role: IRole): void {
    this.#grant('Read', role, this.pages.read());
  }

  #grant(what: string, { roleName }: IRole, statements: PolicyStatement[]): void {
    new CfnRolePolicy(this, what, {
      roleName,
      policyName: `StatusPage${what}`,
      policyDocument: new PolicyDocument({ statements }),
    });
  }
}
