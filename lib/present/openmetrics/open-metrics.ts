/** A gauge of the OpenMetrics text format 1.0.0, which Prometheus and its kin read. */
export interface Gauge {
  /** Ends with `_<unit>` if it has a unit. */
  readonly name: string;
  readonly unit?: 'seconds' | 'bytes';
  readonly help: string;
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a scraper that asks for OpenMetrics gets; others read the same text as Prometheus's own format. */
export const OPEN_METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Families without a sample are left out: what is not known is never zero. */
export function openMetrics(gauges: readonly Gauge[]): string {
  const lines = gauges
    .filter(({ samples }) => samples.length > 0)
    .flatMap(({ name, unit, help, samples }) => [
      `# TYPE ${name} gauge`,
      ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
      `# HELP ${name} ${escaped(help)}`,
      ...samples.map(({ labels, value }) => `${name}${labelsOf(labels)} ${value}`),
    ]);
  return [...lines, '# EOF', ''].join('\n');
}

function labelsOf(labels: Sample['labels']): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

/** OpenMetrics, "ABNF", escaped-char: of these three characters. */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
