import { installRuntimeClient } from './runtime-client.ts';

/** `node test/support/lambda/install-runtime-client.ts`: what the sandbox tests need and `npm ci` does not install. */
process.stdout.write(`aws-lambda-ric is in ${await installRuntimeClient()}\n`);
