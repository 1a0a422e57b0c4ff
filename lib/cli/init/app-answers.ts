import { nameFromDatabase } from '../../contract/source-names.ts';
import type { ConnectionSettings } from '../../engine/connection/connection-settings.ts';
import type { AppValues } from '../../init/app/app-values.ts';
import {
  type Check,
  checkAccount,
  checkEmail,
  checkEnvironment,
  checkRegion,
  checkSecret,
  checkSecretIn,
  checkSource,
} from '../../init/values.ts';
import type { Context } from '../program/context.ts';
import { checkGiven, wantedValue } from './given-value.ts';
import type { Questions } from './questions.ts';

export interface AppOptions {
  readonly name?: string;
  readonly secret?: string;
  readonly region?: string;
  readonly account?: string;
  readonly environment?: string;
  readonly email?: readonly string[];
}

/** Everything that the CDK app is made from: by option, or by asking. Throws `init-value-missing`, `init-value-invalid`. */
export async function appAnswers(
  options: AppOptions,
  source: ConnectionSettings | undefined,
  { environment: variables }: Pick<Context, 'environment'>,
  questions: Questions | undefined,
): Promise<AppValues> {
  // All that is given is checked before the first question.
  const account = options.account && checkGiven('--account', options.account, checkAccount);
  if (options.secret !== undefined) checkGiven('--secret', options.secret, checkSecret);
  const emails = options.email?.map((email) => checkGiven('--email', email, checkEmail));
  const fromDatabase = source && nameFromDatabase(source.database);
  const environment = await wantedValue(
    {
      option: '--environment',
      given: options.environment,
      message: 'Name of the environment, which becomes a stack',
      fallback: 'production',
      check: checkEnvironment,
    },
    questions,
  );
  const name = await wantedValue(
    {
      option: '--name',
      given: options.name,
      message: "The source's name, in the vault and in alarms",
      initial: fromDatabase ?? 'app',
      fallback: fromDatabase,
      check: checkSource,
    },
    questions,
  );
  const secret = await wantedValue(
    {
      option: '--secret',
      given: options.secret,
      message: 'Name or ARN of the secret with the connection, in AWS Secrets Manager',
      initial: `lifeboat/${environment}/${name}`,
      check: checkSecret,
    },
    questions,
  );
  const ofSecret = secret.startsWith('arn:') ? secret.split(':')[3] : undefined;
  const region = await wantedValue(
    {
      option: '--region',
      given: options.region,
      message: 'AWS region',
      fallback: ofSecret ?? (variables.AWS_REGION || variables.AWS_DEFAULT_REGION || undefined),
      check: (value) => checkRegion(value) ?? checkSecretIn(value)(secret),
    },
    questions,
  );
  const alarmed =
    emails ??
    addressesIn(
      await wantedValue(
        {
          option: '--email',
          given: undefined,
          message: 'Who gets the alarms (e-mail addresses, separated by commas)',
          check: checkAddresses,
        },
        questions,
      ),
    );
  return { environment, source: name, secret, region, account: account || undefined, emails: alarmed };
}

const addressesIn = (text: string): string[] => text.split(/[,\s]+/).filter(Boolean);

const checkAddresses: Check = (text) => {
  const addresses = addressesIn(text);
  return addresses.length === 0
    ? 'Without an address nobody would hear an alarm.'
    : addresses.map(checkEmail).find((fault) => fault !== undefined);
};
