/**
 * Prints the last line of CI: how many tests passed and failed, over vitest's reports. A report that is not there, or a
 * file of tests that did not get as far as its tests, counts as one that failed.
 *
 * usage: node scripts/count-tests.js REPORT...
 */
import { readFileSync } from 'node:fs';

function countsOf(path) {
  try {
    const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(readFileSync(path, 'utf8'));
    return [numPassedTests, Math.max(numFailedTests, numFailedTestSuites && 1)];
  } catch (error) {
    process.stderr.write(`no counts in '${path}': ${error.message}\n`);
    return [0, 1];
  }
}

const counts = process.argv.slice(2).map(countsOf);
const sum = (index) => counts.reduce((total, one) => total + one[index], 0);
process.stdout.write(`${sum(0)} passed, ${sum(1)} failed\n`);
process.exitCode = sum(1) === 0 ? 0 : 1;
