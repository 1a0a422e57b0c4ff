import { STORIES } from './stories.ts';
import { walkYear } from './walk-year.ts';
for (const story of STORIES.filter(({ label }) => /hanges are|capture is/.test(label))) {
  const t = process.cpuUsage();
  const year = await walkYear(story, Number(process.argv[2] ?? 365));
  console.log(story.label, year.violations.slice(0, 6), year.listed, year.mostListed, year.changes, year.marks, Math.round(process.cpuUsage(t).user / 1e6), 's');
}
