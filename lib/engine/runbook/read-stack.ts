import {
  type CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import { messageOf } from '../ground/errors.ts';
import type { StackFacts, Unasked } from './deployment.ts';

/** The types whose names people type, and that are no outputs. */
const LISTED_TYPES = new Set([
  'AWS::Logs::LogGroup',
  'AWS::SQS::Queue',
  'AWS::IAM::Role',
  'AWS::SNS::Topic',
  'AWS::KMS::Key',
  'AWS::Lambda::Function',
  'AWS::StepFunctions::StateMachine',
  'AWS::Scheduler::Schedule',
]);
const NESTED = 'AWS::CloudFormation::Stack';

/**
 * Asks CloudFormation for the outputs of a stack, and for the names of what has no output, in nested stacks too. Says
 * why if it cannot be asked; a stack whose resources may not be listed has its outputs all the same.
 */
export async function readStack(
  client: CloudFormationClient,
  stack: string,
  options: { readonly signal: AbortSignal },
): Promise<StackFacts | Unasked> {
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }), {
      abortSignal: options.signal,
    });
    const outputs = new Map(
      (Stacks[0]?.Outputs ?? []).flatMap(({ OutputKey, OutputValue }) =>
        OutputKey !== undefined && OutputValue !== undefined ? [[OutputKey, OutputValue] as const] : [],
      ),
    );
    const resources = new Map<string, string[]>();
    await addResources(client, stack, resources, options).catch((error: unknown) => {
      options.signal.throwIfAborted();
      if (!(error instanceof Error)) throw error;
    });
    return { outputs, resources };
  } catch (error) {
    options.signal.throwIfAborted();
    return { why: whyOf(error, stack), remedy: remedyOf(stack) };
  }
}

async function addResources(
  client: CloudFormationClient,
  stack: string,
  found: Map<string, string[]>,
  options: { readonly signal: AbortSignal },
): Promise<void> {
  const nested: string[] = [];
  const pages = paginateListStackResources({ client }, { StackName: stack }, { abortSignal: options.signal });
  for await (const { StackResourceSummaries = [] } of pages) {
    for (const { ResourceType = '', PhysicalResourceId } of StackResourceSummaries) {
      if (PhysicalResourceId === undefined) continue;
      if (ResourceType === NESTED) nested.push(PhysicalResourceId);
      if (!LISTED_TYPES.has(ResourceType)) continue;
      found.set(ResourceType, [...(found.get(ResourceType) ?? []), PhysicalResourceId]);
    }
  }
  for (const one of nested) await addResources(client, one, found, options);
}

function whyOf(error: unknown, stack: string): string {
  const message = messageOf(error).replace(/\.*$/, '');
  const name = error instanceof Error ? error.name : '';
  if (name === 'CredentialsProviderError') return 'there are no credentials for AWS here';
  if (/does not exist/.test(message)) return `this account and region has no stack ${stack}`;
  if (/region is missing/i.test(message)) return 'no region was named';
  return message;
}

function remedyOf(stack: string): string {
  return `\`export AWS_PROFILE=<profile> AWS_REGION=<region>\` of the account and region of ${stack}, and write the runbook again. It takes cloudformation:DescribeStacks and cloudformation:ListStackResources.`;
}
