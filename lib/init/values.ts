import { email, pipe, safeParse, string } from 'valibot';
import {
  ACCOUNT,
  ENVIRONMENT_NAME,
  REGION,
  SECRET_ARN,
  SECRET_NAME,
} from '../contract/environment-patterns.ts';
import { SOURCE_NAME } from '../contract/source-names.ts';

/** Says what a value should be; undefined if it is that. */
export type Check = (value: string) => string | undefined;

const EMAIL = pipe(string(), email());
/** Control characters, and the two that end a line in JavaScript. */
const UNWRITABLE = /[\p{Cc}\u2028\u2029]/u;

const like =
  (pattern: RegExp, expected: string): Check =>
  (value) =>
    pattern.test(value) ? undefined : expected;

export const checkEnvironment = like(
  ENVIRONMENT_NAME,
  'It must be 1 to 27 lower-case letters, digits and single hyphens, and begin with a letter, such as production.',
);

export const checkSource = like(
  SOURCE_NAME,
  'It must be 1 to 63 lower-case letters, digits, dots, underscores and hyphens, and begin with a letter or digit.',
);

export const checkRegion = like(REGION, 'It must be an AWS region, such as eu-central-1.');

export const checkAccount = like(ACCOUNT, 'It must be the 12 digits of an AWS account.');

export const checkEmail: Check = (value) =>
  safeParse(EMAIL, value).success ? undefined : 'It must be an e-mail address.';

/** The connection itself must not get into the app, so a URL is refused by name. */
export const checkSecret: Check = (value) => {
  if (/^postgres(ql)?:/i.test(value)) {
    return 'It must be the name or the ARN of a secret, not the connection: put that into AWS Secrets Manager.';
  }
  if (value.startsWith('arn:') ? SECRET_ARN.test(value) : SECRET_NAME.test(value)) return undefined;
  return 'It must be the name of a secret, such as lifeboat/production/app, or its ARN, arn:aws:secretsmanager:<region>:<account>:secret:<name>-<six characters>.';
};

/** A function uses Secrets Manager in its own region. */
export function checkSecretIn(region: string): Check {
  return (secret) => {
    const its = secret.startsWith('arn:') ? secret.split(':')[3] : region;
    return its === region
      ? undefined
      : `It is in ${its}, and the stack is in ${region}: both must be the same.`;
  };
}

/** A path, a URL or another free text that is written into files. */
export const checkWritable: Check = (value) =>
  UNWRITABLE.test(value) ? 'It must not hold control characters, such as the end of a line.' : undefined;
