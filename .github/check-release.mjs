// Refuses to publish what does not fit together: node .github/check-release.mjs v0.1.0 owner/name
import { readFileSync } from 'node:fs';

const [tag, repository] = process.argv.slice(2);
const { version, repository: named } = JSON.parse(readFileSync('package.json', 'utf8'));
const faults = [];
if (tag !== `v${version}`) faults.push(`The tag is ${tag}, and package.json has the version ${version}.`);
if (
  !new RegExp(`^## ${version.replaceAll('.', '\\.')}, \\d{4}-\\d{2}-\\d{2}$`, 'm').test(
    readFileSync('CHANGELOG.md', 'utf8'),
  )
) {
  faults.push(`CHANGELOG.md has no heading "## ${version}, <date>".`);
}
if (!named?.url?.endsWith(`github.com/${repository}.git`)) {
  faults.push(
    `package.json does not name this repository, so npm refuses the provenance: npm pkg set repository.type=git repository.url=git+https://github.com/${repository}.git`,
  );
}
for (const fault of faults) process.stderr.write(`error    ${fault}\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
