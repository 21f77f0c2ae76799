import type { Argv } from 'yargs';
import { type DeviceRequest, deviceRequests } from '../../runtime/device-names.ts';
import { type OptionName, optionTable, type RecipeOptions } from '../../training/config/options.ts';
import { type EngineName, engineNames } from '../../training/engines/engine-names.ts';
import { type TargetRequest, targetRequests } from '../../training/engines/target-names.ts';
import { command, type GlobalArguments } from '../command.ts';

export interface TrainOptions extends RecipeOptions {
  readonly model: string | undefined;
  readonly run: string | undefined;
  readonly resume: boolean;
  readonly config: string | undefined;
  readonly device: DeviceRequest | undefined;
  readonly engine: EngineName | undefined;
  readonly target: TargetRequest | undefined;
  readonly threads: number | undefined;
  readonly stepsPerCall: number | undefined;
  readonly limitTrain: number | undefined;
  readonly limitVal: number | undefined;
  readonly maxSteps: number | undefined;
  readonly checkpointEvery: number | undefined;
  readonly dir: string | undefined;
  readonly initFrom: string | undefined;
  readonly tensorboard: boolean;
  readonly profile: boolean;
}

export const train = command({
  usage: 'train <model>',
  description: 'Train a model; prints the run folder',
  options: (yargs: Argv<GlobalArguments>) => {
    const whole = { type: 'number', requiresArg: true } as const;
    const text = { type: 'string', requiresArg: true } as const;
    return yargs
      .positional('model', { type: 'string', describe: 'm1 or m2' })
      .options(optionTable)
      .option('run', { ...text, describe: 'Run folder; artifacts/runs/<model>-<time> by default' })
      .option('resume', {
        type: 'boolean',
        default: false,
        describe: 'Go on with --run, or with the newest unfinished run',
      })
      .option('config', { ...text, describe: "JSON file with parts of a recipe, or a run's config.json to replay" })
      .option('device', { ...text, choices: deviceRequests, describe: 'Where to compute; auto by default' })
      .option('engine', {
        ...text,
        choices: engineNames,
        describe: "What trains: native, or ONNX Runtime's own training build; native by default",
      })
      .option('target', {
        ...text,
        choices: targetRequests,
        describe:
          "Operators of the native engine's graphs: the processor's blocked layout where it works, or standard ones; auto by default",
      })
      .option('threads', { ...whole, describe: 'Threads to compute with; all processors by default' })
      .option('steps-per-call', {
        ...whole,
        describe: 'Training steps that the native engine makes in one call of the runtime; the same numbers for any',
        defaultDescription: '4; 8 on cuda',
      })
      .option('limit-train', { ...whole, describe: 'Train on the first so many images only' })
      .option('limit-val', { ...whole, describe: 'Validate on the first so many images only' })
      .option('max-steps', { ...whole, describe: 'Stop after so many steps' })
      .option('checkpoint-every', { ...whole, describe: 'Steps between checkpoints, beside the one after each epoch' })
      .option('dir', { ...text, describe: 'Folder of the data set' })
      .option('init-from', {
        ...text,
        describe: "Start from the weights of a .safetensors file (PyTorch's names) or an exported .onnx file",
      })
      .option('tensorboard', {
        type: 'boolean',
        default: false,
        describe: "Also write TensorBoard's event files into the run folder",
      })
      .option('profile', {
        type: 'boolean',
        default: false,
        describe: 'First profile some steps against what the machine can do; needs twice the memory',
      })
      .example('$0 train m1', '12 epochs, as the report did')
      .example('$0 train m2 --epochs 3 --schedule one-cycle --lr 0.01', 'another schedule')
      .example('$0 train m1 --resume', 'after an interruption')
      .example('$0 train m1 --max-steps 20 --profile', 'where the time of a training step goes')
      .example('$0 train m1 --config artifacts/runs/x/config.json --seed 7', 'the same again with another seed');
  },
  savesOnSignal: true,
  fractions: ['lr', 'weight-decay', 'momentum', 'mean', 'std'] satisfies readonly OptionName[],
  load: async () => (await import('./train-run.ts')).run,
});
