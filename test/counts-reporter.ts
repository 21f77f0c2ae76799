import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';

/** What CI prints of a run of tests: scripts/count-tests.js. */
export interface TestCounts {
  readonly passed: number;
  /** Whatever failed, a line each: tests, hooks, files whose process ended before their tests did, errors outside of tests. */
  readonly failed: readonly string[];
}

/** The counts of one run of tests. Skipped tests are none of them; a test that never ended is a failed one. */
export function countsOf(modules: readonly TestModule[], errors: readonly SerializedError[]): TestCounts {
  let passed = 0;
  const failed: string[] = [];
  for (const module of modules) {
    const file = relative(process.cwd(), module.moduleId);
    for (const error of module.errors()) failed.push(`${file}: ${firstLine(error.message)}`);
    for (const suite of module.children.allSuites())
      for (const error of suite.errors()) failed.push(`${file}: ${suite.fullName}: ${firstLine(error.message)}`);
    for (const test of module.children.allTests()) {
      const { state, errors: causes } = test.result();
      if (state === 'passed') passed++;
      else if (state === 'failed') failed.push(`${file}: ${test.fullName}: ${firstLine(causes[0]?.message ?? '')}`);
      else if (state === 'pending') failed.push(`${file}: ${test.fullName}: did not end, or did not begin`);
    }
  }
  for (const error of errors) failed.push(`outside of tests: ${firstLine(error.message)}`);
  return { passed, failed };
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

/** Writes the counts of a run to a file, as JSON. */
export class CountsReporter implements Reporter {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    mkdirSync(dirname(this.#path), { recursive: true });
    writeFileSync(this.#path, `${JSON.stringify(countsOf(modules, errors))}\n`);
  }
}
