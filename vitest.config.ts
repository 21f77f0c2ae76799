import { defineConfig } from 'vitest/config';

// CI counts tests from this file.
const report = process.env['ATELIER_TEST_REPORT'];

export default defineConfig({
  test: {
    testTimeout: 60_000,
    projects: [
      // An engine's thread runs what was built: Node loads it, and Node cannot run TypeScript.
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['test/**/*.test.ts'],
          exclude: ['test/cli/**', 'test/export/**'],
          globalSetup: ['test/training/global-setup.ts'],
        },
      },
      // These export the page, which is built before.
      {
        extends: true,
        test: {
          name: 'export',
          include: ['test/export/**/*.test.ts'],
          globalSetup: ['test/export/global-setup.ts'],
          testTimeout: 120_000,
          // A page reacts within a frame or two, but on a busy machine a frame takes its time.
          expect: { poll: { timeout: 20_000 } },
        },
      },
      // These run the program as a process; only for them it is built.
      {
        extends: true,
        test: {
          name: 'program',
          include: ['test/cli/**/*.test.ts'],
          globalSetup: ['test/global-setup.ts'],
          // Some train several times; on a busy machine each of these takes its time.
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
    // Two cores: onnxruntime already uses both, so more workers only add noise and memory.
    maxWorkers: 2,
    ...(report === undefined ? {} : { reporters: ['default', 'json'], outputFile: { json: report } }),
  },
});
