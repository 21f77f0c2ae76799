import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { CountsReporter } from './test/counts-reporter.ts';

// CI counts tests from this file.
const report = process.env['ATELIER_TEST_REPORT'];

/** The program and its page are built once, before all tests that run them. */
const built = { globalSetup: ['test/global-setup.ts'] };
/** An engine's thread runs what was built, since Node 20 cannot run TypeScript. */
const compiled = { globalSetup: ['test/training/global-setup.ts'] };
/** Open pages in Chromium, or compute on the Vulkan driver in software that comes with it. */
const chromium = ['test/**/*-browser.test.ts', 'test/runtime/webgpu.test.ts', 'test/runtime/devices-software.test.ts'];
/** Run the program as a process, or use what is built. */
const program = ['test/{cli,export,package,soak}/**/*.test.ts'];

/** Several trainings in one test; on a busy machine each of them takes its time. */
const patient = { testTimeout: 300_000, hookTimeout: 300_000 };

function project(name: string, test: TestProjectInlineConfiguration['test']): TestProjectInlineConfiguration {
  return { extends: true, test: { name, ...test } };
}

const projects = [
  // Need no browser: CI runs these on other versions of Node, too.
  project('parts', { include: ['test/**/*.test.ts'], exclude: [...program, ...chromium], ...compiled }),
  project('program', { include: program, exclude: chromium, ...built, ...patient }),
  // A page reacts within a frame or two, but on a busy machine a frame takes its time.
  project('chromium', { include: chromium, ...built, testTimeout: 120_000, expect: { poll: { timeout: 20_000 } } }),
];

/** Test files with properties that hold for whatever fast-check makes up. */
function propertyTests(): readonly string[] {
  const names = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.test.ts'));
  return names.map((name) => join('test', name)).filter((path) => readFileSync(path, 'utf8').includes("'fast-check'"));
}

/** The campaign `properties` of soak/: each of them tried on many more values. */
const campaigns = () => [
  project('properties', {
    include: [...propertyTests()],
    ...compiled,
    setupFiles: ['soak/more-values.ts'],
    testTimeout: 3_600_000,
  }),
];

export default defineConfig(({ mode }) => ({
  test: {
    testTimeout: 60_000,
    // As on a busy machine the ten seconds that vitest gives are not enough for a training.
    hookTimeout: 120_000,
    projects: mode === 'soak' ? campaigns() : projects,
    // Two cores: onnxruntime already uses both, so more workers only add noise and memory.
    maxWorkers: 2,
    ...(report === undefined ? {} : { reporters: ['default', new CountsReporter(report)] }),
  },
}));
