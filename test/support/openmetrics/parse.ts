/**
 * Reads gauges by the grammar that OpenMetrics 1.0.0 publishes ("ABNF"; RFC 9110's and Prometheus's own text format
 * agree for what is used here), and by its rules: metadata first and once, a unit is the end of the name, families
 * do not interleave, labels and samples are unique, the text ends with `# EOF`.
 */
export function parseOpenMetrics(text: string): Map<string, number> {
  const lines = text.split('\n');
  if (lines.pop() !== '' || lines.pop() !== '# EOF') throw new Error('it does not end with # EOF');
  const samples = new Map<string, number>();
  const families = new Set<string>();
  let family = '';
  let described: string[] = [];
  for (const line of lines) {
    const metadata = /^# (TYPE|UNIT|HELP) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/.exec(line);
    if (metadata) {
      const [, kind = '', name = '', rest = ''] = metadata;
      if (name !== family) {
        if (families.has(name)) throw new Error(`${name} is in two places`);
        families.add(name);
        [family, described] = [name, []];
      }
      if (described.includes(kind) || described.includes('sample'))
        throw new Error(`${line}: twice, or late`);
      described.push(kind);
      if (kind === 'TYPE' && rest !== 'gauge') throw new Error(`${line}: not a gauge`);
      if (kind === 'UNIT' && !name.endsWith(`_${rest}`)) throw new Error(`${line}: the name lacks its unit`);
      if (kind === 'HELP' && !/^(?:[^\n\\"]|\\[n\\"])*$/.test(rest)) throw new Error(`${line}: not escaped`);
      continue;
    }
    const sample =
      /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-zA-Z_][a-zA-Z0-9_]*="(?:[^\n"\\]|\\["\\n])*"(?:,[a-zA-Z_][a-zA-Z0-9_]*="(?:[^\n"\\]|\\["\\n])*")*\})? (-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)$/.exec(
        line,
      );
    if (!sample) throw new Error(`${line}: no sample`);
    const [, name = '', labels = '', value] = sample;
    if (name !== family || described.length === 0) throw new Error(`${line}: in another family`);
    described.push('sample');
    if (samples.has(`${name}${labels}`)) throw new Error(`${line}: twice`);
    samples.set(`${name}${labels}`, Number(value));
  }
  return samples;
}
