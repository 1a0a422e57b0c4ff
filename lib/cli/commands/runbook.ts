import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { checkSourceName } from '../../engine/archive/keys.ts';
import { isAsked } from '../../engine/runbook/deployment.ts';
import { drillDays } from '../../engine/runbook/drill-days.ts';
import { runbookPage } from '../../present/markdown/runbook-page.ts';
import { runbookTemplateFile } from '../../present/markdown/template-file.ts';
import { runbookText } from '../../present/terminal/runbook-text.ts';
import { environmentOption, environmentsFileOption } from '../options/environments-file.ts';
import { jsonOption, nameOption } from '../options/option-values.ts';
import { givenZone } from '../options/own-zone.ts';
import { vaultOption } from '../options/vault-option.ts';
import type { CommandOutcome, Context } from '../program/context.ts';
import { EXIT_CODES } from '../program/exit-codes.ts';
import { gatherFacts, type WantedFacts } from '../runbook/gather-facts.ts';
import { writePage } from '../runbook/written-page.ts';

interface Options extends WantedFacts {
  readonly out?: string;
  readonly calendar?: string;
  readonly timeZone?: string;
}

export function runbookCommand(context: Context): Command {
  return new Command('runbook')
    .summary('write the runbook of a deployment, with its own names')
    .description(
      'Fills the runbook with the names of one deployment, the figures of its last drills, and whom to call. The environments file is enough; with credentials of AWS it also has the names that CloudFormation gave, and what the vault says. What is not known is said, with the command that finds it. Without --env it is the runbook of a vault. Changes nothing in AWS or in the vault.',
    )
    .addOption(environmentOption('environment, as the environments file names it'))
    .addOption(environmentsFileOption())
    .addOption(vaultOption())
    .addOption(nameOption('source that the commands name (default: all, and the commands ask for one)'))
    .option('--out <file>', 'file to write the runbook to (default: stdout)')
    .option('--calendar <file>', 'also write the next four drills, as a file for calendars (.ics)')
    .addOption(
      new Option('--time-zone <zone>', "whose clocks the drills go by (default: TZ, or the machine's zone)"),
    )
    .option('--offline', 'ask neither AWS nor the vault')
    .addOption(jsonOption())
    .action(async (options: Options) => {
      context.present(await run(context, options));
    });
}

async function run(context: Context, options: Options): Promise<CommandOutcome> {
  const zone = givenZone(options.timeZone, context);
  if (options.name !== undefined) checkSourceName(options.name);
  const facts = await gatherFacts(context, options);
  const template = await readFile(runbookTemplateFile(), 'utf8');
  const page = runbookPage(template, facts, zone);
  const days = drillDays(facts.writtenAt, zone, facts.sources);
  const { deployment } = facts;
  if (options.calendar !== undefined) {
    const { drillCalendar } = await import('../../present/calendar/drill-calendar.ts');
    const subject = deployment?.environment ?? facts.sources.join(' ');
    const runbook = deployment?.runbook;
    const text = drillCalendar({ subject, days, runbook, writtenAt: facts.writtenAt });
    await writePage(options.calendar, context.directory, text, 'BEGIN:VCALENDAR');
  }
  if (options.out !== undefined) await writePage(options.out, context.directory, page.markdown, '# Runbook');
  return {
    exitCode: EXIT_CODES.fine,
    json: {
      environment: deployment?.environment ?? null,
      source: facts.source ?? null,
      sources: facts.sources,
      vault: facts.vault ?? null,
      outputs: isAsked(facts.stack) ? Object.fromEntries(facts.stack.outputs) : null,
      drills: Array.isArray(facts.drills) ? facts.drills : null,
      contacts: deployment?.contacts ?? [],
      calendar: days.map(({ quarter, rehearsal, beginsAt, endsAt, source }) => {
        return { quarter, situation: rehearsal.heading, beginsAt, endsAt, source: source ?? null };
      }),
      placeholders: page.placeholders,
      out: options.out ?? null,
      markdown: page.markdown,
    },
    text: () =>
      options.out === undefined
        ? [page.markdown.trimEnd()]
        : runbookText({
            out: options.out,
            calendar: options.calendar,
            facts,
            placeholders: page.placeholders,
          }),
  };
}
