import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';

/**
 * Holds invocations that could not be delivered to a function, or that failed, for people to read. The
 * functions of one source share a queue (each message says whose it is), because a stack holds only 500
 * resources. Every queue needs a {@link DeadLetterPolicy}.
 */
export class DeadLetterQueue extends Construct {
  readonly queue: Queue;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      // The longest retention that SQS allows.
      retentionPeriod: Duration.days(14),
    });
    acknowledge(this.queue, {
      id: 'AwsSolutions-SQS3',
      reason:
        'This is itself the dead-letter queue, of a schedule and of a Lambda destination; no consumer reads it.',
    });
  }
}
