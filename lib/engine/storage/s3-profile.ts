import { LifeboatError } from '../ground/errors.ts';
import { nearestName } from '../ground/nearest-name.ts';
import type { S3Access } from './s3-client.ts';

type Section = Readonly<Record<string, string | undefined>>;

/**
 * What a profile of ~/.aws/config and ~/.aws/credentials says about S3: credentials, region and endpoint.
 * Nothing else in the environment counts beside it, because a second vault is often at another provider than the
 * one that AWS_ENDPOINT_URL, AWS_REGION and AWS_ACCESS_KEY_ID describe. Throws `vault-profile-unknown`.
 */
export async function accessOfProfile(profile: string): Promise<S3Access> {
  const [{ parseKnownFiles }, { fromIni }] = await Promise.all([
    import('@smithy/core/config'),
    import('@aws-sdk/credential-provider-ini'),
  ]);
  // The files that AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name, as for every AWS tool.
  const sections: Readonly<Record<string, Section>> = await parseKnownFiles({});
  const found = IS_OTHER_SECTION.test(profile) ? undefined : sections[profile];
  if (!found) throw profileUnknown(profile, Object.keys(sections));
  const endpoint = endpointOf(found, sections);
  return {
    profile,
    credentials: fromIni({ profile }),
    ...(found.region === undefined ? {} : { region: found.region }),
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}

/** `[services …]` and `[sso-session …]`, which the SDK lists among the profiles. */
const IS_OTHER_SECTION = /^(services|sso-session)\./;

/** AWS SDKs and Tools Reference Guide, "Service-specific endpoints": S3's own comes before the general one. */
function endpointOf(profile: Section, sections: Readonly<Record<string, Section>>): string | undefined {
  const services = profile.services === undefined ? undefined : sections[`services.${profile.services}`];
  return services?.['s3.endpoint_url'] ?? profile.endpoint_url;
}

function profileUnknown(profile: string, sections: readonly string[]): LifeboatError {
  const profiles = sections.filter((name) => !IS_OTHER_SECTION.test(name));
  const nearest = nearestName(profile, new Set(profiles));
  return new LifeboatError({
    code: 'vault-profile-unknown',
    kind: 'usage',
    what: `There is no profile ${JSON.stringify(profile)} in ~/.aws/config or ~/.aws/credentials.`,
    remedy: `${nearest === undefined ? '' : `Did you mean ${nearest}? `}\`aws configure --profile <name>\` makes one; AWS_CONFIG_FILE names another file.`,
  });
}
