import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { STORIES } from './stories.ts';
import { tableOf, withTable } from './table.ts';
import { walkYear } from './walk-year.ts';

/** `npm run retention`: lives through a year of every story, and writes what is left into docs/retention.md. */
const page = join(import.meta.dirname, '..', '..', '..', 'docs', 'retention.md');
const years = [];
for (const story of STORIES) {
  const year = await walkYear(story);
  for (const violation of year.violations) console.error(`${story.label}: ${violation}`);
  if (year.violations.length > 0) process.exitCode = 1;
  years.push(year);
}
writeFileSync(page, withTable(readFileSync(page, 'utf8'), tableOf(years)));
