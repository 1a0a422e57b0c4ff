import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** A finding of a policy check that is right as it is, and why. */
export interface AcknowledgedFinding {
  readonly id: string;
  readonly reason: string;
}

/**
 * Acknowledges a finding of a check that the app may run, such as cdk-nag. aws-cdk-lib before 2.257 has no
 * Validations, and checks of that time do not know our reasons.
 */
export function acknowledge(construct: IConstruct, finding: AcknowledgedFinding): void {
  const validations: typeof Validations | undefined = Validations;
  validations?.of(construct).acknowledge(finding);
}
