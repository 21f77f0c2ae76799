/**
 * What messages are made of. A message names settings and further calls as such; whoever shows it puts them in the words of
 * its reader: a program reads `{ threads: 4 }` and `evaluate('runs/a')`, somebody at a shell options and
 * commands.
 */

import { dotted } from './recipe/values.ts';

/** A setting of a request, by its name there. */
export type SettingName =
  | 'background'
  | 'baseline'
  | 'cache'
  | 'channels'
  | 'checkpoint'
  | 'checkpointEvery'
  | 'configFile'
  | 'data'
  | 'dataDirectory'
  | 'device'
  | 'earlyStop'
  | 'engine'
  | 'epochs'
  | 'experiment'
  | 'from'
  | 'grey'
  | 'imageSize'
  | 'images'
  | 'initFrom'
  | 'invert'
  | 'limitTrain'
  | 'limitValidation'
  | 'lr'
  | 'maxSteps'
  | 'name'
  | 'note'
  | 'offline'
  | 'opset'
  | 'out'
  | 'profile'
  | 'resize'
  | 'resume'
  | 'run'
  | 'seed'
  | 'skipDamaged'
  | 'split'
  | 'stepsPerCall'
  | 'tags'
  | 'target'
  | 'test'
  | 'threads'
  | 'top'
  | 'validation'
  | 'verify';

export type SettingValue = string | number | boolean;

/** What can be called, in a program or on a command line. */
export type CallName = 'activations' | 'compare' | 'data' | 'evaluate' | 'graphs' | 'report' | 'summary' | 'train';

/** Settings of a call; `model`, `data`, `run` and `runs` are what it is about. Those that are undefined or null are left out. */
export type CallSettings = {
  readonly [Name in SettingName | 'model']?: SettingValue | null | undefined;
} & { readonly runs?: readonly string[] };

/** What makes the program itself ready: its packages, the provider library for NVIDIA's GPUs, the page of exports. */
export type Preparation = 'packages' | 'cuda' | 'page';

/** Settings that stand together, each with or without a value; `of` says whose they are. */
export interface SettingsPart {
  readonly settings: readonly { readonly name: SettingName; readonly value?: SettingValue | undefined }[];
  readonly of?: CallName;
}

/** A call to make next. */
export interface CallPart {
  readonly call: CallName;
  readonly with: CallSettings;
}

/**
 * A field of a recipe, by its path there: ['optimizer', 'lr']. With `trouble` it is the beginning of a line that says what
 * is wrong with it: its value, or that there is no such field.
 */
export interface RecipePart {
  readonly recipe: readonly PropertyKey[];
  readonly trouble?: 'value' | 'unknown';
}

export interface PreparationPart {
  readonly preparation: Preparation;
}

export type Part = string | SettingsPart | CallPart | RecipePart | PreparationPart;

export interface Message {
  readonly parts: readonly Part[];
}

/** A message that names settings or calls, or one that names none. */
export type Text = string | Message;

/** How parts are said. */
export interface MessageWording {
  settings(part: SettingsPart): string;
  call(part: CallPart): string;
  recipe(part: RecipePart): string;
  preparation(part: PreparationPart): string;
}

/** A setting, with a value where one is to be given to it. */
export function setting(name: SettingName, value?: SettingValue): SettingsPart {
  return { settings: [{ name, value }] };
}

/** Settings to be given together. */
export function settings(...named: readonly (readonly [name: SettingName, value: SettingValue])[]): SettingsPart {
  return { settings: named.map(([name, value]) => ({ name, value })) };
}

/** A setting of another call than the one at hand. */
export function settingOf(of: CallName, name: SettingName): SettingsPart {
  return { of, settings: [{ name }] };
}

/** A call to make next; without settings it is left open with which. */
export function call(name: CallName, settings: CallSettings = {}): CallPart {
  return { call: name, with: settings };
}

/** A field of a recipe. */
export function recipeField(...path: readonly PropertyKey[]): RecipePart {
  return { recipe: path };
}

/** Something to do to the program itself. */
export function preparation(name: Preparation): PreparationPart {
  return { preparation: name };
}

/** A message from a template: said`Leave ${setting('device')} out.` Messages within it become part of it. */
export function said(texts: TemplateStringsArray, ...values: readonly (Part | Message | number | null)[]): Message {
  const parts = texts.flatMap((text, i) => {
    const value = values[i];
    return [text, ...(i < values.length ? inner(value) : [])];
  });
  return { parts };
}

function inner(value: Part | Message | number | null | undefined): readonly Part[] {
  if (typeof value === 'object' && value !== null) return 'parts' in value ? value.parts : [value];
  return [String(value)];
}

/** Several messages as one, with something between them. */
export function joined(texts: readonly Text[], separator: string): Message {
  return { parts: texts.flatMap((text, i) => [...(i === 0 ? [] : [separator]), ...partsOf(text)]) };
}

/** What a message is made of. */
export function partsOf(text: Text): readonly Part[] {
  return typeof text === 'string' ? [text] : text.parts;
}

/** A message in the words of its reader. */
export function wordedFor(text: Text, wording: MessageWording): string {
  return partsOf(text)
    .map((part) => {
      if (typeof part === 'string') return part;
      if ('settings' in part) return wording.settings(part);
      if ('call' in part) return wording.call(part);
      return 'recipe' in part ? wording.recipe(part) : wording.preparation(part);
    })
    .join('');
}

/** The words of a program that calls the library. */
export const libraryWording: MessageWording = {
  settings: ({ of, settings: named }) => {
    const given = named.flatMap(({ name, value }) => (value === undefined ? [] : [`${name}: ${literal(value)}`]));
    const text = given.length > 0 ? `{ ${given.join(', ')} }` : named.map(({ name }) => name).join(', ');
    return of === undefined ? text : `${text} of ${of}`;
  },
  call: ({ call: name, with: given }) => {
    const isFirst = (key: string) => name !== 'train' && ['model', 'data', 'run', 'runs'].includes(key);
    const all = Object.entries<CallSettings[keyof CallSettings]>(given).flatMap(([key, value]) =>
      value === undefined || value === null ? [] : [{ key, text: literal(value) }],
    );
    const first = all.filter(({ key }) => isFirst(key)).map(({ text }) => text);
    const fields = all.filter(({ key }) => !isFirst(key)).map(({ key, text }) => `${key}: ${text}`);
    const words = [...first, ...(fields.length === 0 ? [] : [`{ ${fields.join(', ')} }`])];
    return `${name === 'data' ? 'loadData' : name}(${words.length === 0 ? '…' : words.join(', ')})`;
  },
  recipe: ({ recipe: path, trouble }) => {
    const name = `'${dotted(path)}'`;
    if (trouble === undefined) return name;
    return trouble === 'unknown' ? `unknown key ${name};` : `${name}:`;
  },
  preparation: ({ preparation: name }) => preparations[name],
};

const preparations: Readonly<Record<Preparation, string>> = {
  packages: 'npm install',
  cuda: 'ONNXRUNTIME_NODE_INSTALL=true node node_modules/onnxruntime-node/script/install.js',
  page: 'npm run build',
};

function literal(value: SettingValue | readonly string[]): string {
  if (typeof value === 'object') return `[${value.map(literal).join(', ')}]`;
  return typeof value === 'string' ? `'${value.replaceAll(/['\\]/g, '\\$&')}'` : String(value);
}
