import { defineConfig } from 'vitest/config';

// CI counts tests from this file.
const report = process.env['ATELIER_TEST_REPORT'];

export default defineConfig({
  test: {
    testTimeout: 60_000,
    projects: [
      { extends: true, test: { name: 'parts', include: ['test/**/*.test.ts'], exclude: ['test/cli/**'] } },
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
