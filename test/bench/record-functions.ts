import { writeFileSync } from 'node:fs';
import { type FunctionName, startWorld } from '../integration/lambda/world.ts';
import { bundleSize } from '../support/lambda/bundle-size.ts';
import { median } from './in-turns.ts';

/**
 * `node test/bench/record-functions.ts`: writes size and cold start of each function's bundle to
 * test/infra/function-figures.json, which test/infra/bundle-size.test.ts compares with. As root the cold starts are of the
 * sandbox, with the CPU that Lambda gives the function; else of a plain process.
 */
const FILE = new URL('../infra/function-figures.json', import.meta.url);
const COLD_STARTS = 5;
/** AWS Lambda Developer Guide, "Configure Lambda function memory": so much memory comes with one vCPU. */
const MB_PER_VCPU = 1769;

const isSandboxed = process.getuid?.() === 0;
const ofVcpus = (memoryMb: number) => ({ memoryMb, vcpus: memoryMb / MB_PER_VCPU });
const resources = isSandboxed
  ? {
      backup: ofVcpus(2048),
      'restore-drill': ofVcpus(2048),
      sentinel: ofVcpus(512),
      keeper: ofVcpus(1024),
      health: ofVcpus(256),
      capture: ofVcpus(512),
      'slot-watch': ofVcpus(256),
    }
  : {};
const world = await startWorld(isSandboxed, resources);
try {
  const figures: Record<string, object> = {};
  for (const name of Object.keys(world.stack.functions) as FunctionName[]) {
    const starts: number[] = [];
    for (let index = 0; index < COLD_STARTS; index += 1) {
      // Refused at once: what is measured is the start.
      await world.invoke(name, { unknown: true });
      starts.push(Math.round(world.process(name)?.initMs ?? 0));
      await world.stop(name);
    }
    figures[name] = { ...bundleSize(world.stack.functions[name].asset), coldStartMs: median(starts) };
    console.log(name, figures[name], `cold starts: ${starts.join(', ')} ms`);
  }
  writeFileSync(FILE, `${JSON.stringify(figures, null, 2)}\n`);
} finally {
  await world.close();
}
