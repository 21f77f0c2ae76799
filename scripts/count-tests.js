/**
 * Prints the last lines of CI: whatever failed, a line each, and how many tests passed and failed, over the reports of
 * test/counts-reporter.ts. A report that is not there counts as one that failed.
 *
 * usage: node scripts/count-tests.js REPORT...
 */
import { readFileSync } from 'node:fs';

function countsOf(path) {
  try {
    const { passed, failed } = JSON.parse(readFileSync(path, 'utf8'));
    return { passed, failed: failed.map((line) => `${path}: ${line}`) };
  } catch (error) {
    return { passed: 0, failed: [`no counts in '${path}': ${error.message}`] };
  }
}

const counts = process.argv.slice(2).map(countsOf);
const failed = counts.flatMap((one) => one.failed);
for (const line of failed) process.stdout.write(`failed: ${line}\n`);
const passed = counts.reduce((total, one) => total + one.passed, 0);
process.stdout.write(`${passed} passed, ${failed.length} failed\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
