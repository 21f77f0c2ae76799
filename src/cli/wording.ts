import type { CallSettings, MessageWording, Preparation, SettingName, SettingValue } from '../message.ts';
import { flagOf } from '../recipe/flags.ts';
import { dotted } from '../recipe/values.ts';
import { hides, oneLine } from '../text/printable.ts';

/** The option that gives each setting. */
export const flags: Readonly<Record<SettingName, string>> = {
  background: 'background',
  baseline: 'baseline',
  cache: 'cache',
  channels: 'channels',
  checkpoint: 'checkpoint',
  checkpointEvery: 'checkpoint-every',
  configFile: 'config',
  data: 'data',
  dataDirectory: 'dir',
  device: 'device',
  earlyStop: 'early-stop',
  engine: 'engine',
  epochs: 'epochs',
  experiment: 'experiment',
  from: 'from',
  grey: 'grey',
  imageSize: 'image-size',
  images: 'images',
  initFrom: 'init-from',
  invert: 'invert',
  limitTrain: 'limit-train',
  limitValidation: 'limit-val',
  lr: 'lr',
  maxSteps: 'max-steps',
  name: 'name',
  note: 'note',
  offline: 'offline',
  opset: 'opset',
  out: 'out',
  profile: 'profile',
  resize: 'resize',
  resume: 'resume',
  run: 'run',
  seed: 'seed',
  skipDamaged: 'skip-damaged',
  split: 'split',
  stepsPerCall: 'steps-per-call',
  tags: 'tag',
  target: 'target',
  test: 'test',
  threads: 'threads',
  top: 'top',
  validation: 'validation',
  verify: 'verify',
};

const preparations: Readonly<Record<Preparation, string>> = {
  packages: 'npm ci',
  cuda: 'make setup CUDA=1',
  page: 'npm run build',
};

/**
 * The words of the command line: settings are options, calls are commands.
 *
 * @param model the one to try where no certain one is meant
 * @param usualData the data set that need not be named
 */
export function commandWording(model: string | undefined, usualData?: string): MessageWording {
  return {
    settings: ({ of, settings }) =>
      [of ?? [], settings.map(({ name, value }) => option(name, value))].flat(2).join(' '),
    call: ({ call, with: settings }) => {
      if (call === 'train' && settings.model === undefined) return commandLine(call, { model, ...settings });
      return commandLine(call, settings.data === usualData ? { ...settings, data: undefined } : settings);
    },
    recipe: ({ recipe: path, trouble }) => `--${flagOf(path) ?? dotted(path)}${trouble === undefined ? '' : ':'}`,
    preparation: ({ preparation }) => preparations[preparation],
  };
}

/** What commands are about that stands first on their lines, where it is not a model or runs. */
const placesOf: Readonly<Record<string, readonly ('model' | 'data')[]>> = { train: ['model'], data: ['data'] };

/** The line that calls a command; what it is about stands first, where the command has it there. */
export function commandLine(command: string, settings: CallSettings): string {
  const places = placesOf[command] ?? (['model', 'run', 'runs'] as const);
  const words = places.flatMap((place) => settings[place] ?? []).map((word) => quoted(String(word)));
  const options = Object.entries<CallSettings[keyof CallSettings]>(settings).flatMap(([name, value]) => {
    if (!isSetting(name) || places.some((place) => place === name)) return [];
    return value === undefined || value === null || value === false ? [] : option(name, value);
  });
  return ['npx atelier', command, ...words, ...options].join(' ');
}

function isSetting(name: string): name is SettingName {
  return Object.hasOwn(flags, name);
}

/** `--threads`, `--threads 4`, `--resume`. */
function option(name: SettingName, value: SettingValue | readonly string[] | undefined): string {
  const flag = `--${flags[name]}`;
  return value === undefined || value === true ? flag : `${flag} ${quoted(String(value))}`;
}

/** A word for a POSIX shell. */
function quoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  // What cannot be seen is neither shown as it is nor pasted as it is: shells since POSIX 2024 (and bash and zsh) know $'…'.
  if (hides(word)) return `$'${oneLine(word.replaceAll(/['\\]/g, '\\$&'))}'`;
  return `'${word.replaceAll("'", "'\\''")}'`;
}
