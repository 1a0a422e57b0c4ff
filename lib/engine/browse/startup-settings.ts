/** Parameters of a start-up packet that are not settings, or that a client may not set. */
const NO_SETTINGS = new Set([
  'user',
  'database',
  'replication',
  'options',
  'default_transaction_read_only',
  'session_authorization',
  'role',
]);

/** The settings that a client asks for when it connects, those in libpq's `options` (PGOPTIONS) included. */
export function startupSettings(parameters: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const asked = [...parameters, ...commandLineOptions(parameters.get('options') ?? '')];
  return new Map(asked.filter(([name]) => !NO_SETTINGS.has(name.toLowerCase()) && !name.startsWith('_pq_.')));
}

/** `-c name=value`, `-cname=value`, `--name=value`; a backslash before a space keeps it. */
function commandLineOptions(options: string): Array<[name: string, value: string]> {
  const text = options.replace(/(^|\s)-c\s+/g, '$1-c');
  return [...text.matchAll(/(?:^|\s)(?:-c|--)([A-Za-z_][\w.-]*)=((?:\\.|\S)*)/g)].map(
    ([, name = '', value = '']) => [name.replaceAll('-', '_'), value.replace(/\\(.)/g, '$1')],
  );
}
