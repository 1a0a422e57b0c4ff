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

/** Every scenario by itself, in each of its locales. */
export function singleGroups(scenarios: readonly Scenario[]): Group[] {
  return scenarios.flatMap((scenario) =>
    LOCALES.filter((locale) => locale === 'C' || scenario.needs.everyLocale).map((locale) => ({
      name: `${scenario.name} ${locale}`,
      title: `${scenario.name} (${locale}): ${scenario.title}`,
      locale,
      members: [scenario],
    })),
  );
}

/** All that can share a database in one for each locale, and the others by themselves: a tenth of the time. */
export function sharedGroups(scenarios: readonly Scenario[]): Group[] {
  const shares = ({ needs }: Scenario) => needs.alone === undefined && needs.knownFault === undefined;
  const sharing = scenarios.filter(shares);
  return [
    ...LOCALES.map((locale) => {
      const members = sharing.filter(({ needs }) => locale === 'C' || needs.everyLocale);
      const title = `${members.length} scenarios in one database (${locale})`;
      return { name: `together ${locale}`, title, locale, members };
    }).filter(({ members }) => members.length > 0),
    ...singleGroups(scenarios.filter((scenario) => !shares(scenario))),
  ];
}

/** `15` or `15 en_US`, with what was done to it behind. */
export function columnOf({ locale }: Group, major: number, what = ''): string {
  return [`${major}`, locale === 'C' ? '' : locale, what].filter((word) => word !== '').join(' ');
}
