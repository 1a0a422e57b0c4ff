import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/**
 * V8 compiles each function of the embedded PostgreSQL when it is called first, and forgets all with the last server of a
 * process. As long as somebody holds the module, the next server finds compiled what those before it called (measured: a fifth
 * less processor time for each).
 */
interface Compiler {
  readonly WebAssembly: { compile(bytes: Uint8Array): Promise<unknown> };
  compiledServer?: Promise<unknown>;
}

const process = globalThis as unknown as Compiler;
const file = fileURLToPath(import.meta.resolve('@electric-sql/pglite')).replace(/[^/\\]*$/, 'pglite.wasm');
process.compiledServer ??= readFile(file).then((bytes) => process.WebAssembly.compile(bytes));
await process.compiledServer;
