import { defineConfig } from 'vitest/config';

// CI counts tests from this file.
const report = process.env['ATELIER_TEST_REPORT'];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    // Two cores: onnxruntime already uses both, so more workers only add noise and memory.
    maxWorkers: 2,
    ...(report === undefined ? {} : { reporters: ['default', 'json'], outputFile: { json: report } }),
  },
});
