import { type Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  CfnEventInvokeConfig,
  Function as LambdaFunction,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledgeWildcards } from '../acknowledge-wildcards.ts';
import type { SourceNetworkProps } from '../props/source-network-props.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import { functionCode } from './function-code.ts';
import { type FunctionName, HANDLER } from './function-names.ts';
import { attachNetworkInterfaces, networkOptions } from './network.ts';

/** Properties of a {@link VaultFunction}. */
export interface VaultFunctionProps {
  /** The handler's file: `backup` for lambda/backup.ts. */
  readonly handlerName: FunctionName;
  readonly description: string;
  /** The name of the function's role. @default - CloudFormation makes one up */
  readonly roleName?: string;
  readonly variables: Record<string, string>;
  /** Everything that the function may do, apart from writing its log and its dead letters. */
  readonly statements: PolicyStatement[];
  readonly timeout: Duration;
  /** How long an invocation may wait before it starts; after that it becomes a dead letter. */
  readonly maximumEventAge: Duration;
  readonly memoryMb: number;
  readonly temporaryStorageMb: number;
  readonly logRetention: RetentionDays;
  readonly network?: SourceNetworkProps;
  /** Where invocations go that fail or cannot be delivered. @default - nowhere: the next run does the same */
  readonly deadLetters?: DeadLetterQueue;
  /** How failed invocations are treated. @default - they are not tried again, and are dead letters */
  readonly onFailure?: { readonly retries: number; readonly destinationArn: string };
}

/**
 * A function with a role that holds only the permissions written here, and a log group.
 * It does not retry: people should look at a failed backup, instead of a silent repetition against a source
 * in trouble. It reserves no concurrency: a new account has only ten in all, and refuses any reservation. It
 * has no tracing: the log is enough for one run a day, and traces would need another permission.
 */
export class VaultFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;
  /** What the role may do. */
  protected readonly policy: PolicyDocument;
  readonly deadLetters: DeadLetterQueue | undefined;
  readonly invocations: CfnEventInvokeConfig;
  /** The function's /tmp, in MB. */
  readonly temporaryStorageMb: number;

  constructor(scope: Construct, id: string, props: VaultFunctionProps) {
    super(scope, id);
    this.deadLetters = props.deadLetters;
    this.temporaryStorageMb = props.temporaryStorageMb;
    const logGroup = new LogGroup(this, 'Log', {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const statements = [
      writeLog(logGroup),
      ...(this.deadLetters ? [sendDeadLetters(this.deadLetters)] : []),
      ...props.statements,
      ...(props.network ? [attachNetworkInterfaces()] : []),
    ];
    this.policy = new PolicyDocument({ statements });
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: props.description,
      ...(props.roleName !== undefined && { roleName: props.roleName }),
      inlinePolicies: { Function: this.policy },
    });
    this.function = new LambdaFunction(this, 'Function', {
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: functionCode(props.handlerName),
      handler: HANDLER,
      role: this.role,
      logGroup,
      timeout: props.timeout,
      memorySize: props.memoryMb,
      ephemeralStorageSize: Size.mebibytes(props.temporaryStorageMb),
      environment: {
        NODE_OPTIONS: '--enable-source-maps',
        // Node reads this once, when the process starts, so code cannot set it. Compression and file access
        // use this pool. It is twice the default of four: one thread for each of four copies, and as many for
        // the files of a drill.
        UV_THREADPOOL_SIZE: '8',
        ...props.variables,
      },
      ...(props.network && networkOptions(this, props.network)),
    });
    const failuresGoTo = props.onFailure?.destinationArn ?? this.deadLetters?.queue.queueArn;
    this.invocations = new CfnEventInvokeConfig(this, 'Invocations', {
      functionName: this.function.functionName,
      qualifier: '$LATEST',
      maximumRetryAttempts: props.onFailure?.retries ?? 0,
      maximumEventAgeInSeconds: props.maximumEventAge.toSeconds(),
      ...(failuresGoTo !== undefined && {
        destinationConfig: { onFailure: { destination: failuresGoTo } },
      }),
    });
    acknowledgeWildcards(this.role, statements);
  }

  /** What a schedule starts. */
  get targetArn(): string {
    return this.function.functionArn;
  }
}

function writeLog(logGroup: LogGroup): PolicyStatement {
  return new PolicyStatement({
    sid: 'WriteLog',
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [logGroup.logGroupArn],
  });
}

function sendDeadLetters(deadLetters: DeadLetterQueue): PolicyStatement {
  return new PolicyStatement({
    sid: 'SendDeadLetters',
    actions: ['sqs:SendMessage'],
    resources: [deadLetters.queue.queueArn],
  });
}
