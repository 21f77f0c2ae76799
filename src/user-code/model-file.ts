import { basename, extname } from 'node:path';
import { catalogue } from '../../graphs/models/catalogue.ts';
import { requireModule } from '../../graphs/models/check-model.ts';
import { renamed, unnamedModel } from '../../graphs/models/define-model.ts';
import type { Model, ModelDefinition, ModelSource } from '../../graphs/models/model.ts';
import type { Module } from '../../graphs/nn/module.ts';
import { UsageError } from '../errors.ts';
import { shownPath } from '../files/shown-path.ts';
import { type LoadedSource, loadSource } from './load-source.ts';
import { calledOwn, type RunOwnCode, unwatched } from './own-code.ts';

/** How a file of code is loaded. */
export interface LoadOptions {
  /** Runs what is not this program's own code. */
  readonly run?: RunOwnCode;
}

/**
 * The model that a file exports: `export default defineModel(…)`. Without a name of its own it has that of its file.
 *
 * @throws UsageError where the file cannot be loaded, throws or exports something else
 */
export async function loadModelFile(path: string, { run = unwatched }: LoadOptions = {}): Promise<ModelDefinition> {
  const source = await loadSource(path, run);
  const definition = source.exported;
  if (!isModelDefinition(definition))
    throw otherExport(source, 'a model', 'defineModel(({ input, classes }) => sequential(…))');
  const stem = basename(source.path, extname(source.path));
  const name = definition.name === unnamedModel ? stem.replaceAll(/[^\w.-]+/g, '-') : definition.name;
  return ownModel(renamed(definition, name), { path: source.path, sha256: source.sha256, kind: 'model' }, run);
}

/**
 * A definition from a file: what its code throws is said with the line, and its name is none of the catalogue's.
 *
 * @throws UsageError where its name cannot be one
 */
export function ownModel(definition: ModelDefinition, source: ModelSource, run: RunOwnCode): ModelDefinition {
  const { name } = definition;
  checkName(name, source);
  const at = `the network '${name}' of '${shownPath(source.path)}' to be built`;
  const call = <T>(body: () => T): T =>
    run(at, () => calledOwn(source.path, `while the network '${name}' was built`, body));
  const guarded = (network: Module): Module => ({
    name: network.name,
    description: network.description,
    parameters: network.parameters,
    buffers: network.buffers,
    children: network.children,
    ...(network.joins === undefined ? {} : { joins: network.joins }),
    forward: (f, x) => call(() => network.forward(f, x)),
  });
  return {
    ...definition,
    source,
    build: (...request): Model => {
      const model = call(() => definition.build(...request));
      return { ...model, network: guarded(requireModule(model.network, `the model '${name}'`)) };
    },
  };
}

/** A name stands in folders, in tables and on command lines, and means one model. */
const fitting = /^\w[\w.-]{0,59}$/;

function checkName(name: string, { path }: ModelSource): void {
  const other = "Give it another name: defineModel(…, { name: '…' }), or that of its file.";
  if (catalogue.some((known) => known.name === name))
    throw new UsageError(`'${shownPath(path)}': '${name}' is a model of the catalogue. ${other}`, {
      code: 'source-unusable',
    });
  if (!fitting.test(name))
    throw new UsageError(
      `'${shownPath(path)}': the model is named ${JSON.stringify(name)}, up to 60 letters, digits, '_', '-' and dots were expected. ${other}`,
      { code: 'source-unusable' },
    );
}

/** Whether something is a model, as `defineModel` makes it. */
export function isModelDefinition(value: unknown): value is ModelDefinition {
  if (typeof value !== 'object' || value === null) return false;
  const [name, title, dropout, build] = ['name', 'title', 'dropout', 'build'].map((key) => Reflect.get(value, key));
  const rates = Array.isArray(dropout) && dropout.every((rate) => typeof rate === 'number');
  return typeof name === 'string' && typeof title === 'string' && rates && typeof build === 'function';
}

/** The error for a file that exports something else than it should. */
export function otherExport({ path, exported, others }: LoadedSource, what: string, example: string): UsageError {
  const names = others.length === 0 ? '' : `; it exports: ${others.join(', ')}`;
  const found = exported === undefined ? `has no default export${names}` : `exports ${described(exported)}`;
  return new UsageError(`'${shownPath(path)}' ${found}. Expected ${what}: export default ${example}`, {
    code: 'source-unusable',
  });
}

function described(value: unknown): string {
  if (isModelDefinition(value)) return 'a model';
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Promise) return 'a promise';
  if (typeof value !== 'object' || value === null) return `${JSON.stringify(value)} (${typeof value})`;
  if ('forward' in value) return 'a network, which fits images of one size only';
  if ('models' in value) return 'an experiment, whose models are trained by name: --experiment FILE';
  return 'an object that defineModel has not made';
}
