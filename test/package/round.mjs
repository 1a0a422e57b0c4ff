// A program that uses the library, as the package's documentation shows it.
import { backup, drill, LifeboatError, list, planRestore, restore, verify } from 'pg-lifeboat/engine';

const [source, target, vault] = process.argv.slice(2);
const phases = new Set();
const onProgress = ({ phase }) => phases.add(phase);
const made = await backup({ source, vault, createVault: true, reason: 'before migration 005', onProgress });
const verified = await verify({ vault });
const drilled = await drill({
  vault,
  checks: [{ name: 'ships', sql: 'SELECT count(*) FROM ship', expect: '2' }],
});
const planned = await planRestore({ vault, target, createDatabase: true });
const restored = await restore({ vault, target, createDatabase: true });
const [listed] = await list({ vault });

const refusals = {};
async function refused(name, call) {
  refusals[name] = await call().then(
    () => 'nothing',
    (error) => (error instanceof LifeboatError ? error.code : String(error)),
  );
}
await refused('mistyped', () => restore({ vault, target, table: ['ship'] }));
await refused('occupied', () => restore({ vault, target }));
await refused('aborted', () => list({ vault, signal: AbortSignal.abort(new Error('enough')) }));
await refused('nowhere', () => verify({ vault: 'ftp://nowhere' }));

console.log(
  JSON.stringify({
    made: { outcome: made.outcome, reason: made.backup.reason, rows: made.backup.rows },
    phases: [...phases],
    verified: verified.verdict,
    drilled: drilled.verdict,
    planned: { createsDatabase: planned.createsDatabase, tables: planned.tables },
    restored: { outcome: restored.outcome, matched: restored.totals.matched > 0 },
    listed: { isIt: listed.name === made.name, proven: listed.proven, problem: listed.problem },
    refusals,
  }),
);
