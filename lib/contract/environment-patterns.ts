/** An environment's name: the break-glass role's name holds it beside a region's, and IAM takes 64 characters. */
export const ENVIRONMENT_NAME = /^(?=.{1,27}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

/** An AWS region. */
export const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/;

/** The number of an AWS account. */
export const ACCOUNT = /^\d{12}$/;

/** The ARN of a secret, complete or without the six characters at its end. */
export const SECRET_ARN = /^arn:aws[\w-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+$/;

/** The name of a secret (AWS Secrets Manager API Reference, CreateSecret, "Name"). */
export const SECRET_NAME = /^[\w/+=.@-]{1,512}$/;
