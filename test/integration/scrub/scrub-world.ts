import type { Context } from 'aws-lambda';
import { StateMachine } from 'aws-local-stepfunctions';
import type { ObjectStore } from '../../../lib/engine/storage/object-store.ts';
import { openS3Store } from '../../../lib/engine/storage/s3.ts';
import { flatTemplate } from '../../infra/support/flat-template.ts';
import { resolve } from '../../infra/support/intrinsics.ts';
import { bucketStatements, roleStatements, type Statement } from '../../infra/support/policy.ts';
import { resource, stackOf } from '../../infra/support/synthesized.ts';
import { type AwsServer, startAwsServer } from '../../support/aws/aws-server.ts';
import { startTopicServer, type TopicServer } from '../../support/aws/topic-server.ts';
import { RoleGuard } from '../../support/lambda/role-guard.ts';
import { type S3Server, startS3Server } from '../../support/s3-server/server.ts';

type Handler = (event: unknown, context: Context) => Promise<unknown>;
type Json = Record<string, unknown>;
const FUNCTIONS = ['list', 'check', 'end'] as const;
type Step = (typeof FUNCTIONS)[number];

/** The stack as it is synthesized, the real functions under their roles, and servers for all that they talk to. */
export interface ScrubWorld {
  readonly s3: S3Server;
  readonly aws: AwsServer;
  readonly topic: TopicServer;
  readonly guard: RoleGuard;
  readonly vault: string;
  readonly work: string;
  /** As it is in the template. */
  readonly definition: Json;
  /** How many times each function was invoked. */
  readonly invocations: Record<Step, number>;
  /** Called before an invocation; what it throws, the function throws. */
  before: (step: Step, count: number) => void | Promise<void>;
  /** Runs the state machine; resolves to its output, or rejects with its error. */
  run(startedAt: string): Promise<unknown>;
  /** The vault, for a test that does to it what no function may. */
  openVault(): ObjectStore;
  close(): Promise<void>;
}

const EVERYTHING: readonly Statement[] = [{ Effect: 'Allow', Action: '*', Resource: '*' }];
const ROLE_OF: Readonly<Record<Step, RegExp>> = {
  list: /^ScrubListRole/,
  check: /^ScrubCheckRole/,
  end: /^ScrubEndRole/,
};

/** With what `setEnvironment` puts into the process's variables before the functions are loaded. */
export async function startScrubWorld(
  setEnvironment: (variables: Record<string, string>) => void,
): Promise<ScrubWorld> {
  const template = flatTemplate(
    stackOf(
      {
        sources: [
          { name: 'shop', secretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:app-AbCdEf' },
        ],
        notifications: { emails: ['nobody@example.com'] },
      },
      'sandbox',
    ),
  );
  const [vault] = resource(template, 'AWS::S3::Bucket', /VaultBucket/);
  const [work] = resource(template, 'AWS::S3::Bucket', /^ScrubWorkBucket/);
  const [, machine] = resource(template, 'AWS::StepFunctions::StateMachine', /./);
  const definition = JSON.parse(String(resolve(machine.Properties.DefinitionString))) as Json;

  const s3 = await startS3Server({ objectLock: true, bucket: vault, writeOnce: true, moreBuckets: [work] });
  const aws = await startAwsServer();
  const topic = await startTopicServer();
  const { endpoint, region, credentials } = s3;
  const guard = new RoleGuard(s3);
  aws.allows = (access) => guard.allows(access);

  const variables = (step: Step) => {
    const [, found] = resource(template, 'AWS::Lambda::Function', new RegExp(`^Scrub${step}Function`, 'i'));
    return (resolve(found.Properties.Environment) as { Variables: Record<string, string> }).Variables;
  };
  setEnvironment({
    ...Object.assign({}, ...FUNCTIONS.map(variables)),
    ...s3.environment(),
    ...aws.environment(),
    ...topic.environment(),
    AWS_MAX_ATTEMPTS: '1',
  });
  const handlers: Record<Step, Handler> = {
    list: (await import('../../../lambda/scrub-list.ts')).handler,
    check: (await import('../../../lambda/scrub-check.ts')).handler,
    end: (await import('../../../lambda/scrub-end.ts')).handler,
  };
  const invocations: Record<Step, number> = { list: 0, check: 0, end: 0 };

  /** As the integration with Lambda: the answer is in `Payload`, and went through JSON. */
  function invoked(step: Step) {
    const ofRole = roleStatements(template, ROLE_OF[step]);
    const ofBuckets = [...bucketStatements(template, vault), ...bucketStatements(template, work)];
    return async (input: unknown) => {
      invocations[step] += 1;
      await world.before(step, invocations[step]);
      guard.statements = [...ofRole, ...ofBuckets];
      guard.principal = `arn:${resource(template, 'AWS::IAM::Role', ROLE_OF[step])[0]}`;
      const { Payload } = input as { Payload: unknown };
      const context = {
        awsRequestId: `request-${invocations[step]}`,
        getRemainingTimeInMillis: () => 900_000,
      } as Context;
      return JSON.parse(JSON.stringify({ Payload: await handlers[step](Payload, context) }));
    };
  }

  function openStore(bucket: string): ObjectStore {
    guard.statements = EVERYTHING;
    return openS3Store({ bucket, prefix: '', endpoint, region, credentials });
  }

  const world: ScrubWorld = {
    ...{ s3, aws, topic, guard, vault, work, definition, invocations, before: () => {} },
    async run(startedAt) {
      const machineHere = new StateMachine(inlined(definition) as never, {
        validationOptions: { checkArn: false },
      });
      const name = `run-${startedAt.replace(/\W/g, '')}`;
      const running = machineHere.run(
        {},
        {
          context: { Execution: { Name: name, StartTime: startedAt } },
          overrides: {
            taskResourceLocalHandlers: {
              List: invoked('list'),
              CheckBatch: invoked('check'),
              CheckWhatCanBeRead: invoked('check'),
              End: invoked('end'),
              ReadItems: (input) => readItems(openStore, input as Json) as never,
              WriteResults: (input) => writeResults(openStore, input as Json) as never,
            },
            retryIntervalOverrides: { List: 0, CheckBatch: 0, End: 0 },
          },
        },
      );
      return await running.result;
    },
    openVault() {
      s3.writeOnce = false;
      return openStore(vault);
    },
    async close() {
      await Promise.all([s3.stop(), aws.stop(), topic.stop()]);
    },
  };
  return world;
}

/**
 * The interpreter knows no distributed map. Its reader and its writer become steps of their own, before and after a map
 * within the execution; everything else stays as it is in the template.
 */
function inlined(definition: Json): Json {
  const states = definition.States as Record<string, Json>;
  const { Check, ...others } = states;
  if (!Check) throw new Error('the definition has no Check');
  const { ItemReader, ResultWriter, ItemProcessor, Catch, ResultSelector, Next } = Check as Record<
    string,
    Json
  >;
  const processor = { ...ItemProcessor, ProcessorConfig: { Mode: 'INLINE' } };
  const task = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke' };
  return {
    ...definition,
    States: {
      ...others,
      Check: { Type: 'Pass', Next: 'ReadItems' },
      ReadItems: {
        ...task,
        Parameters: (ItemReader as Json).Parameters,
        ResultPath: '$.items',
        Next: 'Batches',
        Catch,
      },
      Batches: {
        Type: 'Map',
        ItemsPath: '$.items',
        ItemProcessor: processor,
        MaxConcurrency: Check.MaxConcurrency,
        ResultPath: '$.answers',
        Catch,
        Next: 'WriteResults',
      },
      WriteResults: {
        ...task,
        Parameters: { ...((ResultWriter as Json).Parameters as Json), 'answers.$': '$.answers' },
        ResultSelector,
        ResultPath: Check.ResultPath,
        Next,
        Catch,
      },
    },
  };
}

async function readItems(open: (bucket: string) => ObjectStore, { Bucket, Key }: Json): Promise<unknown> {
  const store = open(String(Bucket));
  const pieces = await Array.fromAsync(store.get(String(Key)));
  await store.close();
  return JSON.parse(Buffer.concat(pieces).toString());
}

/** As Step Functions writes them with `COMPACT` and `JSONL`: a manifest, and one line for each execution. */
async function writeResults(open: (bucket: string) => ObjectStore, input: Json): Promise<unknown> {
  const { Bucket, Prefix, answers } = input as { Bucket: string; Prefix: string; answers: unknown[] };
  const store = open(Bucket);
  const folder = `${Prefix}/6dbfba93-bcff-410b-9b5c-abf41ae9eddb`;
  const lines = Buffer.from(answers.map((answer) => `${JSON.stringify(answer)}\n`).join(''));
  await store.put(`${folder}/SUCCEEDED_0.jsonl`, lines);
  const ResultFiles = {
    FAILED: [],
    PENDING: [],
    SUCCEEDED: [{ Key: `${folder}/SUCCEEDED_0.jsonl`, Size: lines.length }],
  };
  const manifest = { DestinationBucket: Bucket, MapRunArn: 'arn:aws:states:…:mapRun:…', ResultFiles };
  await store.put(`${folder}/manifest.json`, Buffer.from(JSON.stringify(manifest)));
  await store.close();
  return { MapRunArn: manifest.MapRunArn, ResultWriterDetails: { Bucket, Key: `${folder}/manifest.json` } };
}
