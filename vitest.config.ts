import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    // Two cores: onnxruntime already uses both, so more workers only add noise and memory.
    maxWorkers: 2,
  },
});
