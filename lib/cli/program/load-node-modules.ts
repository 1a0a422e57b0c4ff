/** Commands that connect to a server and to a vault, and pass rows on. */
const STREAMING: ReadonlySet<string> = new Set([
  'backup',
  'browse',
  'capture',
  'copy',
  'diff',
  'drill',
  'query',
  'restore',
  'verify',
]);

const MODULES: readonly string[] = [
  'child_process',
  'dns',
  'fs/promises',
  'http',
  'https',
  'net',
  'stream/promises',
  'tls',
  'worker_threads',
  'zlib',
];

/**
 * Loads those of Node's own modules that such a command needs anyway. Node has their compiled code, but V8 takes it
 * only while its flags are those that Node was built with, and compiles the modules from their text afterwards. So
 * this must be called before any flag is set. (Measured: half of the time that these modules take to load.)
 */
export function loadNodeModules(command: string | undefined): void {
  if (command === undefined || !STREAMING.has(command)) return;
  for (const name of MODULES) process.getBuiltinModule(`node:${name}`);
}
