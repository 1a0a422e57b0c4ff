import { LOCALES, type LocaleName } from './locales.ts';
import type { Scenario } from './scenario.ts';

/** Scenarios that are made in one database, backed up as one. */
export interface Group {
  /** Of the database. */
  readonly name: string;
  readonly title: string;
  readonly locale: LocaleName;
  readonly members: readonly Scenario[];
}

/**
 * Every scenario in each locale that it can be in. `together`: all that can share a database in one, a tenth of the time;
 * otherwise so in other locales than C only.
 */
export function groupsOf(scenarios: readonly Scenario[], { together }: { together: boolean }): Group[] {
  return LOCALES.flatMap((locale) => {
    const here = scenarios.filter(({ needs }) => locale === 'C' || needs.database === undefined);
    const sharing = together || locale !== 'C' ? here.filter(shares) : [];
    const alone = here.filter((scenario) => !sharing.includes(scenario));
    return [
      ...(sharing.length > 0 ? [shared(sharing, locale)] : []),
      ...alone.map((scenario) => single(scenario, locale)),
    ];
  });
}

function shares({ needs }: Scenario): boolean {
  return needs.alone === undefined && needs.knownFault === undefined;
}

function shared(members: readonly Scenario[], locale: LocaleName): Group {
  const title = `${members.length} scenarios in one database (${locale})`;
  return { name: `together ${locale}`, title, locale, members };
}

function single(scenario: Scenario, locale: LocaleName): Group {
  const { name, title } = scenario;
  return { name: `${name} ${locale}`, title: `${name} (${locale}): ${title}`, locale, members: [scenario] };
}

/** `15` or `15 en_US`, with what was done to it behind. */
export function columnOf({ locale }: Group, major: number, what = ''): string {
  return [`${major}`, locale === 'C' ? '' : locale, what].filter((word) => word !== '').join(' ');
}
