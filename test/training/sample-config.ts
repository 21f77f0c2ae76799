import type { RunConfig } from '../../src/training/config/run-config.ts';
import { classNames, entryOf, imageShape, type ModelName } from '../models.ts';

/** The configuration of a run of the model's own recipe, with what a test wants otherwise. */
export function sampleConfig(model: ModelName, change: Partial<RunConfig> = {}): RunConfig {
  return {
    schema: 2,
    model,
    recipe: entryOf(model).recipe,
    limits: { train: null, validation: null, maxSteps: null },
    checkpointEvery: null,
    threads: 2,
    device: { requested: 'auto', used: 'cpu' },
    engine: 'native',
    target: 'portable',
    data: {
      name: 'fashion-mnist',
      title: 'Fashion-MNIST',
      fingerprint: 'abcdef0123456789abcdef',
      shape: imageShape,
      classes: classNames,
      images: { train: 54_000, validation: 6000, test: 10_000 },
    },
    versions: { atelier: '0.1.0', node: '20.20.2', onnxruntime: '1.30.0' },
    git: '0123456789012345678901234567890123456789',
    created: '2026-01-31T12:00:00.000Z',
    initFrom: null,
    ...change,
  };
}
