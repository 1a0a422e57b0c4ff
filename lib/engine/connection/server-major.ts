/** The major version of `server_version_num`: 17 of 170004. */
export function majorOf({ versionNumber }: { readonly versionNumber: number }): number {
  return Math.floor(versionNumber / 10_000);
}
