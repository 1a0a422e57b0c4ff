/** What {@link scrubDefinition} needs to know of resources. */
export interface ScrubDefinitionProps {
  readonly listFunctionArn: string;
  readonly checkFunctionArn: string;
  readonly endFunctionArn: string;
  readonly workBucketName: string;
}

/**
 * Functions that run at the same time. A new account may run ten functions in all (AWS Lambda Developer Guide, "Lambda
 * quotas"), and a backup must find room.
 */
const BATCHES_AT_ONCE = 4;

/** A whole scrub. 4 functions read 1 TB in less than two hours, as reckoned in docs/deploy.md. */
export const SCRUB_TIME_SECONDS = 2 * 24 * 3600;

/** Longer than a function runs. */
const TASK_SECONDS = 16 * 60;

/**
 * A function that could not read is tried again after a while: the vault may have been busy. One that ran out of time is
 * not, for it would again.
 */
const RETRY = [
  { ErrorEquals: ['ScrubTimeUp'], MaxAttempts: 0 },
  {
    ErrorEquals: ['Lambda.TooManyRequestsException'],
    ...{ IntervalSeconds: 30, MaxAttempts: 10, BackoffRate: 2, MaxDelaySeconds: 600, JitterStrategy: 'FULL' },
  },
  {
    ErrorEquals: ['States.ALL'],
    ...{ IntervalSeconds: 60, MaxAttempts: 3, BackoffRate: 2, JitterStrategy: 'FULL' },
  },
];

const invoke = (functionArn: string, payload: object) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Parameters: { FunctionName: functionArn, ...payload },
  TimeoutSeconds: TASK_SECONDS,
  Retry: RETRY,
});

/**
 * The state machine of scrubs, in the Amazon States Language. Between states go addresses only: an input or an output may
 * have 256 KiB (AWS Step Functions Developer Guide, "Quotas related to task executions"). A damaged object is a result, so
 * no failure of a batch is tolerated: one that is left in spite of the catcher ends the map.
 */
export function scrubDefinition(props: ScrubDefinitionProps) {
  const { listFunctionArn, checkFunctionArn, endFunctionArn, workBucketName } = props;
  return {
    Comment: 'Reads every object of every sealed backup, and compares it with what was written.',
    StartAt: 'Begin',
    TimeoutSeconds: SCRUB_TIME_SECONDS,
    States: {
      // Whatever somebody has started it with.
      Begin: { Type: 'Pass', Result: {}, Next: 'List' },
      List: {
        ...invoke(listFunctionArn, { Payload: { 'execution.$': '$$.Execution.Name' } }),
        ResultSelector: {
          'folder.$': '$.Payload.folder',
          'batchesKey.$': '$.Payload.batchesKey',
          'batches.$': '$.Payload.batches',
          'backups.$': '$.Payload.backups',
        },
        ResultPath: '$.list',
        Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'End' }],
        Next: 'IsThereAny',
      },
      IsThereAny: {
        Type: 'Choice',
        Choices: [{ Variable: '$.list.batches', NumericGreaterThan: 0, Next: 'Check' }],
        Default: 'End',
      },
      Check: {
        Type: 'Map',
        Label: 'Check',
        ItemReader: {
          Resource: 'arn:aws:states:::s3:getObject',
          ReaderConfig: { InputType: 'JSON' },
          Parameters: { Bucket: workBucketName, 'Key.$': '$.list.batchesKey' },
        },
        MaxConcurrency: BATCHES_AT_ONCE,
        ToleratedFailurePercentage: 0,
        ItemProcessor: {
          // Express executions end after five minutes (AWS Step Functions Developer Guide, "Quotas related to state
          // machine executions").
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          StartAt: 'CheckBatch',
          States: {
            CheckBatch: {
              ...invoke(checkFunctionArn, { 'Payload.$': '$' }),
              OutputPath: '$.Payload',
              Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'CheckWhatCanBeRead' }],
              End: true,
            },
            // An object that cannot be read must not hide one beside it that is damaged.
            CheckWhatCanBeRead: {
              ...invoke(checkFunctionArn, { Payload: { 'tasks.$': '$.tasks', isLast: true } }),
              OutputPath: '$.Payload',
              Retry: RETRY.slice(1, 2),
              Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'CouldNotRead' }],
              End: true,
            },
            CouldNotRead: {
              Type: 'Pass',
              Parameters: { 'unread.$': '$.tasks', 'failure.$': '$.failure' },
              End: true,
            },
          },
        },
        ResultWriter: {
          Resource: 'arn:aws:states:::s3:putObject',
          Parameters: {
            Bucket: workBucketName,
            'Prefix.$': "States.Format('results/{}', $$.Execution.Name)",
          },
          WriterConfig: { Transformation: 'COMPACT', OutputType: 'JSONL' },
        },
        ResultSelector: { 'key.$': '$.ResultWriterDetails.Key' },
        ResultPath: '$.results',
        Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'End' }],
        Next: 'End',
      },
      End: {
        ...invoke(endFunctionArn, { Payload: { 'startedAt.$': '$$.Execution.StartTime', 'state.$': '$' } }),
        OutputPath: '$.Payload',
        Next: 'IsComplete',
      },
      IsComplete: {
        Type: 'Choice',
        Choices: [{ Variable: '$.complete', BooleanEquals: true, Next: 'Scrubbed' }],
        Default: 'Incomplete',
      },
      Scrubbed: { Type: 'Succeed' },
      Incomplete: {
        Type: 'Fail',
        Error: 'ScrubIncomplete',
        Cause: 'Something could not be read. The alert topic has the details.',
      },
    },
  };
}
