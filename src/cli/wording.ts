import type { CallSettings, MessageWording, Preparation, SettingName, SettingValue } from '../message.ts';
import { flagOf } from '../recipe/flags.ts';
import { dotted } from '../recipe/values.ts';
import { hides, oneLine } from '../text/printable.ts';

/** The option that gives each setting. */
export const flags: Readonly<Record<SettingName, string>> = {
  baseline: 'baseline',
  channels: 'channels',
  checkpoint: 'checkpoint',
  checkpointEvery: 'checkpoint-every',
  configFile: 'config',
  dataDirectory: 'dir',
  device: 'device',
  earlyStop: 'early-stop',
  engine: 'engine',
  epochs: 'epochs',
  from: 'from',
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
  resume: 'resume',
  run: 'run',
  seed: 'seed',
  split: 'split',
  stepsPerCall: 'steps-per-call',
  tags: 'tag',
  target: 'target',
  threads: 'threads',
  top: 'top',
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
 */
export function commandWording(model: string | undefined): MessageWording {
  return {
    settings: ({ of, settings }) =>
      [of ?? [], settings.map(({ name, value }) => option(name, value))].flat(2).join(' '),
    call: ({ call, with: settings }) =>
      commandLine(call, call === 'train' && settings.model === undefined ? { model, ...settings } : settings),
    recipe: ({ recipe: path, trouble }) => `--${flagOf(path) ?? dotted(path)}${trouble === undefined ? '' : ':'}`,
    preparation: ({ preparation }) => preparations[preparation],
  };
}

/** The line that calls a command; what it is about stands first, where the command has it there. */
export function commandLine(command: string, settings: CallSettings): string {
  const places = command === 'train' ? (['model'] as const) : (['model', 'run', 'runs'] as const);
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
