import { command, type Values } from '../command.ts';
import type { Arguments, Options } from '../options.ts';
import { checkpoint, modelNames } from '../shared-options.ts';

const args = {
  model: { default: 'all', description: `${modelNames.join(', ')} or all` },
} as const satisfies Arguments;

const options = {
  out: { type: 'text', default: 'artifacts/graphs', description: 'Folder to write to' },
  target: {
    type: 'choice',
    // `cpu-nchwc` is the blocked layout of the processor at hand; with a number, that of another.
    choices: ['portable', 'cpu-nchwc', 'cpu-nchwc8', 'cpu-nchwc16', 'ort-training'],
    defaultText: 'portable',
    description:
      "What to lower the training operators to: standard ones, the CPU provider's blocked layout (of this processor, or in " +
      "blocks of 8 or 16 channels), or ONNX Runtime's training artifacts",
  },
  from: {
    type: 'text',
    description: 'Run folder whose recipe and weights the ort-training artifacts get; fresh weights by default',
  },
  checkpoint: { ...checkpoint, defaultText: 'last', description: 'Which checkpoint of --from' },
  'batch-size': { alias: 'b', type: 'whole', description: "Images in a training step; the recipe's by default" },
  text: { type: 'switch', default: false, description: 'Also write each graph as text' },
} as const satisfies Options;

export type GraphsOptions = Values<typeof args, typeof options>;

export const graphs = command({
  name: 'graphs',
  description: 'Emit the ONNX graphs of a model: training step, evaluation, prediction',
  arguments: args,
  options,
  examples: [
    ['graphs m1', 'writes artifacts/graphs/m1/*.onnx and manifest.json'],
    ['graphs m2 --target cpu-nchwc', 'what `train` runs on the processor'],
    ['graphs m1 --target ort-training --from artifacts/runs/x', 'to go on training on another device'],
    ['graphs all --batch-size 32 --text', 'smaller steps, readable besides'],
  ],
  load: async () => (await import('./graphs-run.ts')).run,
});
