import { existsSync } from 'node:fs';

/** docs/runbook.md: beside a bundle of the command, or in the folder of a checkout that runs its sources. */
export function runbookTemplateFile(): URL {
  const beside = new URL('./runbook.md', import.meta.url);
  return existsSync(beside) ? beside : new URL('../../../docs/runbook.md', import.meta.url);
}
