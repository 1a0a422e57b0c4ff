/** What a person says about the vault that a copy goes to, in the place of the environment's variables. */
const OF_TARGET: ReadonlyArray<readonly [RegExp, string]> = [
  [
    /Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, choose a profile with AWS_PROFILE, or run aws sso login/,
    "Put the target's credentials into a profile of ~/.aws and name it with --to-profile, or run aws sso login --profile for that profile",
  ],
  [/\(aws sso login\)/, '(aws sso login --profile, with the profile of --to-profile)'],
  [/Set AWS_REGION=([^\s]+?)\.$/, 'Add --to-region $1, or set the region in the profile of --to-profile.'],
  [/Set AWS_REGION=(<[^>]*>)\.$/, 'Add --to-region $1, or set the region in the profile of --to-profile.'],
  [
    /Set AWS_REGION to the bucket's region/,
    "Name the bucket's region with --to-region, or in the profile of --to-profile",
  ],
  [/AWS_REGION/g, '--to-region'],
  [/AWS_ENDPOINT_URL/g, '--to-endpoint (or endpoint_url of the profile of --to-profile)'],
];

/** Says a remedy that names variables of the environment for the vault that `--to` names. */
export function targetRemedy(remedy: string): string {
  return OF_TARGET.reduce((text, [variable, option]) => text.replace(variable, option), remedy);
}
