import { PRICES_AS_OF, pricedAs } from '../../contract/list-prices.ts';
import type { Cheaper } from '../../engine/cost/cheaper.ts';
import type { CostReport, SourceCost } from '../../engine/cost/cost.ts';
import type { EgressUnderPlan } from '../../engine/cost/egress.ts';
import type { Estimate } from '../../engine/cost/estimate.ts';
import type { CostLine } from '../../engine/cost/month.ts';
import { factLines } from './facts.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { renderTable } from './table.ts';
import { countOf, formatBytes, formatRatio } from './units.ts';
import { labelled, wrap } from './wrap.ts';

/** `$ 3.40`, `$ 1,204`; `< $ 0.01` for what is not nothing. */
function dollars(usd: number): string {
  if (usd > 0 && usd < 0.005) return '< $ 0.01';
  return usd < 100 ? `$ ${usd.toFixed(2)}` : `$ ${Math.round(usd).toLocaleString('en-US')}`;
}

export function estimateText(report: Estimate, page: Page): string[] {
  const { sample } = report;
  return [
    page.paint.bold(printable(report.source)),
    '',
    ...factLines(
      [
        [
          'one backup',
          `${formatBytes(sample.textBytes)} leave the host as COPY text, ${formatBytes(sample.storedBytes)} are stored (${formatRatio(sample.textBytes, sample.storedBytes)})`,
        ],
        [
          'read for this',
          `the catalog, and ${formatBytes(sample.sampledBytes)} of rows of tables that hold ${Math.round(sample.sampledShare * 100)} % of the data`,
        ],
        ['tables', countOf(sample.tables, 'table')],
        ['backups', `${Math.round(report.backupsAMonth)} a month`],
        [
          'egress',
          `${formatBytes(report.egressBytes)} a month leave the host; it compresses nothing on the way`,
        ],
      ],
      page,
    ),
    '',
    ...egressLines(report.egress, report.host, page),
    ...billLines(report.lines, report.usd, report.region, page),
    ...cheaperLines(report.cheaper, page),
  ];
}

export function costText(report: CostReport, page: Page): string[] {
  if (report.sources.length === 0) {
    return [
      `There is no backup in ${printable(report.vault)}, so nothing to count. \`lifeboat estimate\` says what backups would cost.`,
    ];
  }
  return [
    ...report.sources.flatMap((one) => [...sourceLines(one, page), '']),
    page.paint.bold('What all sources share, if the vault is that of a stack'),
    ...billLines(report.shared, report.usd, report.region, page),
  ];
}

function sourceLines(one: SourceCost, page: Page): string[] {
  return [
    page.paint.bold(printable(one.source)),
    ...factLines(
      [
        [
          'looked at',
          `the last ${countOf(one.days, 'day')}: ${Math.round(one.backupsAMonth)} backups a month`,
        ],
        [
          'egress',
          `${formatBytes(one.egressBytes)} a month left the host as COPY text, at least: attempts that failed are not counted`,
        ],
        [
          'not counted',
          one.unreadable > 0
            ? `${countOf(one.unreadable, 'backup')} whose manifest cannot be read`
            : undefined,
        ],
      ],
      page,
    ),
    '',
    ...egressLines(one.egress, one.host, page),
    ...partsTable(one.lines, page),
    ...cheaperLines(one.cheaper, page),
  ];
}

function egressLines(egress: readonly EgressUnderPlan[], host: string, page: Page): string[] {
  if (egress.length === 0) {
    const unknown =
      host === 'plain'
        ? 'What this host bills for egress is not known here. Look for “egress”, “data transfer” or “bandwidth” in its prices.'
        : 'No plan of this host is known here.';
    return [...wrap(unknown, page.columns), ''];
  }
  const table = renderTable(
    [
      { title: 'host plan', cell: ({ title }: EgressUnderPlan) => title },
      {
        title: 'included a month',
        align: 'right',
        cell: ({ includedGb }) => (includedGb === 0 ? '-' : `${includedGb} GB`),
      },
      {
        title: 'backups use',
        align: 'right',
        cell: ({ usedPercent }) => (usedPercent === null ? '-' : `${percent(usedPercent)} %`),
        paint: (text, { verdict }) => page.paint[COLOURS[verdict]](text),
      },
      {
        title: 'beyond it',
        align: 'right',
        cell: ({ usd }) => (usd === null ? 'not for sale' : dollars(usd)),
      },
    ],
    egress,
    page,
  );
  const warnings = egress.flatMap((one) => warningOf(one));
  return [
    ...table,
    '',
    ...warnings.flatMap((text) => [...labelled(`${page.paint.red('!')} `, text, page.columns), '']),
  ];
}

const COLOURS = { fine: 'green', warning: 'yellow', 'used-up': 'red' } as const;

/** What a free plan would do to the application is said before it happens. */
function warningOf({ title, verdict, countedFor, whenUsedUp, usedPercent }: EgressUnderPlan): string[] {
  if (verdict === 'fine' || whenUsedUp === null) return [];
  const share = `${percent(usedPercent ?? 0)} % of what ${title} includes for ${countedFor}`;
  return [
    verdict === 'used-up'
      ? `Backups alone would take ${share}. Before the month is over, ${whenUsedUp}.`
      : `Backups would take ${share}, and the application needs the same quota. When it is used up, ${whenUsedUp}.`,
  ];
}

function billLines(lines: readonly CostLine[], usd: number, region: string, page: Page): string[] {
  return [
    ...partsTable(lines, page),
    page.paint.bold(`together ${dollars(usd)} a month`),
    ...wrap(
      `At AWS's list prices ${printable(pricedAs(region))}, as of ${PRICES_AS_OF}, before any free tier.${region === 'us-east-1' ? '' : ' Other regions cost up to a third more.'} A VPC with NAT or endpoints costs extra.`,
      page.columns,
    ),
  ];
}

function partsTable(lines: readonly CostLine[], page: Page): string[] {
  return renderTable(
    [
      { title: 'in AWS', cell: ({ part }: CostLine) => part },
      { title: 'a month', align: 'right', cell: ({ usd }) => dollars(usd) },
      { title: 'what', cell: ({ what }) => what, mayCut: true },
    ],
    lines,
    page,
  );
}

function cheaperLines(cheaper: readonly Cheaper[], page: Page): string[] {
  if (cheaper.length === 0) return [];
  return [
    '',
    page.paint.bold('What would make it cheaper'),
    ...cheaper.flatMap(({ what, but }) => labelled('- ', `${what} ${but}`, page.columns)),
  ];
}

function percent(value: number): string {
  return value < 9.95 ? value.toFixed(1) : Math.round(value).toLocaleString('en-US');
}
