import type { Reporter, TestModule } from 'vitest/node';

/** Ends a run with one plain line, and with the names of what was skipped: a skipped test is not a passed one. */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    const skipped = tests.filter((test) => test.result().state === 'skipped');
    for (const test of skipped) console.log(`SKIPPED: ${test.module.relativeModuleId}: ${test.fullName}`);
    const broken = modules.filter((module) => module.errors().length > 0).length;
    console.log(
      `\n${count('passed')} passed, ${count('failed') + broken} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`,
    );
  }
}
