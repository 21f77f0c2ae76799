import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { extname, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { JitiOptions, ModuleCache } from 'jiti';
import { type AtelierError, messageOf, textOf, UsageError } from '../errors.ts';
import { runningModule } from '../files/built-module.ts';
import { readRegular } from '../files/regular.ts';
import { shownPath } from '../files/shown-path.ts';
import { call, said, setting, type Text } from '../message.ts';
import { didYouMean } from '../text/nearest.ts';
import { ownFailure, type RunOwnCode } from './own-code.ts';

/** Endings of the files that can be loaded. */
export const sourceEndings = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'] as const;

/** No file that somebody writes is larger. */
const largest = 4 * 2 ** 20;

/** A file of code, loaded. */
export interface LoadedSource {
  /** Absolute. */
  readonly path: string;
  /** Of the file, and of those of its own that it imports. */
  readonly sha256: string;
  /** What it exports: the default export, or all of what a CommonJS module exports; undefined for neither. */
  readonly exported: unknown;
  /** Names of what it exports else. */
  readonly others: readonly string[];
}

/** Whether what names a model is the path of a file. */
export function isSourcePath(text: string): boolean {
  return text.includes('/') || text.includes(sep) || sourceEndings.some((ending) => text.endsWith(ending));
}

/**
 * Runs a file of TypeScript or JavaScript and takes what it exports. `atelier` and `atelier/graphs` are this very program
 * there, wherever the file stands; other packages are those of its folder. Nothing is kept: a file that has changed is loaded
 * anew.
 *
 * @throws UsageError where there is no such file, its syntax is wrong, or it throws: with the line
 */
export async function loadSource(given: string, run: RunOwnCode): Promise<LoadedSource> {
  const path = resolve(given);
  const shown = shownPath(path);
  if (!sourceEndings.some((ending) => extname(path) === ending))
    throw new UsageError(
      said`'${shown}' is ${isFolder(path) ? 'a folder, and ' : ''}no file of code that can be loaded: one ending in ${sourceEndings.join(', ')} was expected.${wayOut(path)}`,
      { code: 'source-unusable' },
    );
  await read(path);
  const [{ createJiti }, provided] = await Promise.all([import('jiti'), providedModules()]);
  const options: JitiOptions = { fsCache: false, interopDefault: false, virtualModules: provided };
  const jiti = createJiti(pathToFileURL(path).href, options);
  const known = new Set(Object.keys(jiti.cache));
  try {
    const exports = await run(`'${shown}' to load`, () => jiti.import<unknown>(path));
    const files = addedTo(jiti.cache, known).filter((file) => !file.includes(`${sep}node_modules${sep}`));
    return { path, sha256: await hashOf(path, files), ...exportedBy(exports) };
  } catch (error) {
    throw loadFailure(path, error);
  } finally {
    for (const file of addedTo(jiti.cache, known)) delete jiti.cache[file];
  }
}

function addedTo(cache: ModuleCache, known: ReadonlySet<string>): readonly string[] {
  return Object.keys(cache).filter((file) => !known.has(file));
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** What somebody may have meant who names data or weights where code is expected. */
function wayOut(path: string): Text {
  const shown = shownPath(path);
  const ending = extname(path).toLowerCase();
  if (isFolder(path) || ['.csv', '.npz'].includes(ending))
    return said` To train on what it holds: ${call('train', { model: null, data: shown })}`;
  if (['.onnx', '.safetensors'].includes(ending))
    return said` A model of the same layers can start from its weights: ${setting('initFrom', shown)}.`;
  return '';
}

/** The bytes of a file of code. Throws UsageError where there is none. */
async function read(path: string): Promise<Buffer> {
  try {
    return await readRegular(path, largest);
  } catch (error) {
    throw new UsageError(textOf(error), { code: 'source-unusable', cause: error });
  }
}

/** One hash for a file and those that it imports: of their paths from it and their bytes, in order. */
async function hashOf(path: string, files: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(await read(path));
  const others = files.filter((file) => file !== path).map((file) => [relative(path, file), file] as const);
  for (const [name, file] of others.toSorted(([one], [other]) => (one < other ? -1 : 1)))
    hash.update(`\n${name}\n`).update(await read(file));
  return hash.digest('hex');
}

function exportedBy(exports: unknown): Pick<LoadedSource, 'exported' | 'others'> {
  if (typeof exports !== 'object' || exports === null) return { exported: exports, others: [] };
  const others = Object.keys(exports).filter((name) => name !== 'default' && name !== '__esModule');
  if ('default' in exports) return { exported: exports.default, others };
  // A CommonJS module is what it exports.
  const isModule = Reflect.get(exports, '__esModule') === true || others.length === 0;
  return { exported: isModule ? undefined : exports, others };
}

/** This program, for whoever imports it by its name. */
async function providedModules(): Promise<Readonly<Record<string, unknown>>> {
  const [library, graphs] = await Promise.all(
    ['src/index', 'graphs/index'].map((name): Promise<object> => import(runningModule(name).href)),
  );
  return { atelier: provided('atelier', library), 'atelier/graphs': provided('atelier/graphs', graphs) };
}

/** A module whose missing names are said: once translated, an import that nothing stands behind would only be undefined. */
function provided(name: string, module: object = {}): object {
  const all = { ...module, __esModule: true };
  return new Proxy(all, {
    get: (target, key) => {
      if (typeof key === 'string' && !Object.hasOwn(target, key) && key !== 'default' && key !== 'then')
        throw new SyntaxError(`'${name}' exports no '${key}'${didYouMean(key, Object.keys(module)) || '.'}`);
      return Reflect.get(target, key);
    },
  });
}

/** As jiti words it. */
const syntaxError = /^ParseError: (.*?)\s*\n\s*(\S.*):(\d+):(\d+)\s*$/s;
const missingModule = /^Cannot find (?:module|package) '([^']+)'/;

function loadFailure(path: string, error: unknown): AtelierError {
  const message = messageOf(error);
  const options = { code: 'source-unusable', cause: error } as const;
  const [, reason, file = '', line, column] = syntaxError.exec(message) ?? [];
  if (reason !== undefined)
    return new UsageError(
      `'${shownPath(file)}' has a mistake in line ${line}, column ${Number(column) + 1}: ${reason.trim()}`,
      options,
    );
  const [, module] = missingModule.exec(message) ?? [];
  if (module !== undefined)
    return new UsageError(
      `'${shownPath(path)}' imports '${module}', which is not there. Check the path, or install the package in the folder of the file.`,
      options,
    );
  return ownFailure(path, 'while it was loaded', error);
}
