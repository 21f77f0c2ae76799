import { deviceRequests } from '../../runtime/device-names.ts';
import { engineNames } from '../../training/engines/engine-names.ts';
import { targetRequests } from '../../training/engines/target-names.ts';
import { command, type Values } from '../command.ts';
import type { Arguments, Options } from '../options.ts';
import { recipeOptions } from '../recipe-options.ts';
import { dir, modelNames, threads } from '../shared-options.ts';

const args = { model: { description: modelNames.join(' or ') } } as const satisfies Arguments;

const options = {
  ...recipeOptions,
  run: { type: 'text', description: 'Run folder; artifacts/runs/<model>-<time> by default' },
  resume: { type: 'switch', default: false, description: 'Go on with --run, or with the newest unfinished run' },
  config: { type: 'text', description: "JSON file with parts of a recipe, or a run's config.json to replay" },
  device: { type: 'choice', choices: deviceRequests, description: 'Where to compute; auto by default' },
  engine: {
    type: 'choice',
    choices: engineNames,
    description: "What trains: native, or ONNX Runtime's own training build; native by default",
  },
  target: {
    type: 'choice',
    choices: targetRequests,
    description:
      "Operators of the native engine's graphs: the processor's blocked layout where it works, or standard ones; auto by default",
  },
  threads,
  'steps-per-call': {
    type: 'whole',
    defaultText: '4; 8 on cuda',
    description: 'Training steps that the native engine makes in one call of the runtime; the same numbers for any',
  },
  'limit-train': { type: 'whole', description: 'Train on the first so many images only' },
  'limit-val': { type: 'whole', description: 'Validate on the first so many images only' },
  'max-steps': { type: 'whole', description: 'Stop after so many steps' },
  'checkpoint-every': { type: 'whole', description: 'Steps between checkpoints, beside the one after each epoch' },
  dir,
  'init-from': {
    type: 'text',
    description: "Start from the weights of a .safetensors file (PyTorch's names) or an exported .onnx file",
  },
  tensorboard: {
    type: 'switch',
    default: false,
    description: "Also write TensorBoard's event files into the run folder",
  },
  profile: {
    type: 'switch',
    default: false,
    description: 'First profile some steps against what the machine can do; needs twice the memory',
  },
} as const satisfies Options;

export type TrainOptions = Values<typeof args, typeof options>;

export const train = command({
  name: 'train',
  description: 'Train a model; prints the run folder',
  arguments: args,
  options,
  examples: [
    ['train m1', '12 epochs, as the report did'],
    ['train m2 --epochs 3 --schedule one-cycle --lr 0.01', 'another schedule'],
    ['train m1 --resume', 'after an interruption'],
    ['train m1 --max-steps 20 --profile', 'where the time of a training step goes'],
    ['train m1 --config artifacts/runs/x/config.json --seed 7', 'the same again with another seed'],
  ],
  savesOnSignal: true,
  load: async () => (await import('./train-run.ts')).run,
});
