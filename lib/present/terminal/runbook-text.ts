import { isAsked, type RunbookFacts } from '../../engine/runbook/deployment.ts';
import { countOf } from './units.ts';

export interface WrittenRunbook {
  readonly out: string;
  readonly calendar: string | undefined;
  readonly facts: RunbookFacts;
  readonly placeholders: readonly string[];
}

/** What was written, and what the page does not know. */
export function runbookText({ out, calendar, facts, placeholders }: WrittenRunbook): string[] {
  const { stack, drills, deployment } = facts;
  const gaps = [
    ...(stack === undefined || isAsked(stack)
      ? []
      : [`names that CloudFormation gave, because ${stack.why}`]),
    ...('why' in drills ? [`figures of the last drill, because ${drills.why}`] : []),
    ...(deployment && deployment.contacts.length === 0
      ? ['whom to call: `contacts` in the environments file']
      : []),
  ];
  return [
    `runbook   ${out}, for ${facts.source ?? (facts.sources.join(', ') || 'no source')}`,
    ...(calendar === undefined ? [] : [`calendar  ${calendar}`]),
    ...gaps.map((gap) => `gap       ${gap}`),
    `to fill   ${countOf(placeholders.length, 'word')} in angle brackets, listed at its top`,
  ];
}
