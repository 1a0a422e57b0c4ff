import { InvalidArgumentError, Option } from 'commander';
import type { StoreOptions } from '../../engine/storage/open-store.ts';

/** Options of the vault that a command copies into. */
export interface CopyTargetOptions {
  readonly to: string;
  readonly toProfile?: string;
  readonly toEndpoint?: string;
  readonly toRegion?: string;
  readonly kmsKey?: string;
  readonly createVault?: boolean;
}

export function copyTargetOptions(): readonly Option[] {
  return [
    new Option(
      '--to <url>',
      'vault to copy into: s3://bucket/prefix, file:///path or a path',
    ).makeOptionMandatory(),
    new Option(
      '--to-profile <name>',
      "profile of ~/.aws/config with that vault's credentials, region and endpoint_url (default: the same environment as for --vault)",
    ),
    new Option('--to-endpoint <url>', "that vault's S3 endpoint, if it is not at AWS").argParser(endpointUrl),
    new Option('--to-region <region>', "that vault's region"),
    new Option('--kms-key <id>', "KMS key that encrypts the objects there (default: the bucket's key)"),
    new Option(
      '--create-vault',
      "create that vault's directory if it is missing (default: refuse, because an unmounted disk looks the same)",
    ),
  ];
}

/** How to reach the vault that these options name. Throws `vault-profile-unknown`. */
export async function copyTargetAccess(options: CopyTargetOptions): Promise<StoreOptions> {
  const { toProfile, toEndpoint, toRegion, kmsKey, createVault } = options;
  // Loaded only where it is needed, because it contains a part of the AWS SDK.
  const { accessOfProfile } = await import('../../engine/storage/s3-profile.ts');
  return {
    isCopyTarget: true,
    ...(toProfile === undefined ? {} : await accessOfProfile(toProfile)),
    ...(toEndpoint === undefined ? {} : { endpoint: toEndpoint }),
    ...(toRegion === undefined ? {} : { region: toRegion }),
    ...(kmsKey === undefined ? {} : { kmsKeyId: kmsKey }),
    ...(createVault ? { create: true } : {}),
  };
}

/** A parser for commander. The message does not repeat the text, which may hold a password. */
function endpointUrl(text: string): string {
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return text;
  throw new InvalidArgumentError('It must be a URL without a login, such as https://s3.example.com.');
}
