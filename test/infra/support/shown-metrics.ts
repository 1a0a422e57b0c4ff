interface Widget {
  readonly properties: { readonly metrics?: unknown[][] };
}

/** The metrics of widgets, written out: `.` stands for what the metric before has in the same place. */
export function shownMetrics(widgets: readonly Widget[]): string[][] {
  return widgets.flatMap(({ properties: { metrics = [] } }) => {
    const whole: unknown[][] = [];
    for (const metric of metrics) {
      whole.push(metric.map((part, place) => (part === '.' ? whole.at(-1)?.[place] : part)));
    }
    return whole as string[][];
  });
}
