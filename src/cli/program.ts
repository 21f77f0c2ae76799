/** The program: what a command line asks for, done, and its exit code. */
import { fashionMnistReport } from '../../experiments/index.ts';
import { defaultContext } from '../context.ts';
import { AtelierError, type ExitCode, exitCodes, hasCode, InterruptedError, messageOf } from '../errors.ts';
import type { Experiment } from '../experiment.ts';
import { packageVersion } from '../files/package-root.ts';
import { requireSpareThreads } from '../runtime/spare-threads.ts';
import '../runtime/telemetry.ts';
import { nearest } from '../text/nearest.ts';
import { type Command, type CommandEntry, type Task, usageError } from './command.ts';
import { commands } from './command-list.ts';
import { type GlobalOptions, globalOptions } from './global-options.ts';
import type { ExampleNames, Examples } from './options.ts';
import { printResult } from './output.ts';
import { commandWord, hasSwitch } from './read-line.ts';
import { heedSignals } from './signals/ending.ts';
import { outliveReaders } from './signals/lost-terminal.ts';
import { commandWording } from './wording.ts';

const experiment = fashionMnistReport;
const examples: Examples = ({ models: [one, other], runs: [run] }) => [
  [`train ${one}`, 'trains a model by the recipe that goes with it'],
  [`train ${other} --epochs 1 --limit-train 2000`, 'a quick try of another one'],
  [`train ${one} --resume`, 'goes on with the latest unfinished run of that model'],
  [`evaluate ${run}`, 'metrics on the test images'],
];
const overview = { description: 'Trains, evaluates and opens up image classifiers on ONNX Runtime', examples };
const names = exampleNames(experiment);
const wording = commandWording(names.models[0], experiment.data);

function exampleNames({ models }: Experiment): ExampleNames {
  const [one = 'MODEL', other = one] = Object.keys(models);
  const recipes = Object.fromEntries(Object.entries(models).map(([name, { recipe }]) => [name, recipe]));
  const run = (model: string, time: string) => `artifacts/runs/${model}-${time}`;
  return { models: [one, other], runs: [run(one, '20260101-120000'), run(other, '20260101-130000')], recipes };
}

/** Runs the program and returns its exit code. */
export async function main(args: readonly string[]): Promise<ExitCode> {
  outliveReaders();
  let globals: GlobalOptions = { json: false, logLevel: 'info', quiet: false };
  try {
    const task = await parse(args);
    if (task === undefined) return exitCodes.done;
    globals = task.options;
    await perform(task);
    return exitCodes.done;
  } catch (error) {
    return report(error, globals);
  }
}

/** What the command line asks for; undefined where it has been answered already (`--help`, `--version`). */
async function parse(args: readonly string[]): Promise<Task | undefined> {
  const word = commandWord(args, globalOptions);
  const entry = commands.find(({ name }) => name === word);
  const command = await entry?.load();
  const answer = await answerOf(args, entry, command);
  if (answer !== undefined) {
    printResult({ text: answer, json: null }, false);
    return undefined;
  }
  if (entry && command) return command.begin(args, entry.name);
  const known = commands.map(({ name }) => name);
  if (word === undefined) throw usageError([`which command? There are: ${known.join(', ')}`]);
  const near = nearest(word, known);
  const hint = near === undefined ? `there are: ${known.join(', ')}` : `did you mean '${near}'?`;
  throw usageError([`unknown command '${word}'; ${hint}`]);
}

/** The text of `--help` or `--version`, undefined where neither is asked for. */
async function answerOf(
  args: readonly string[],
  entry: CommandEntry | undefined,
  command: Command | undefined,
): Promise<string | undefined> {
  const asks = (name: 'help' | 'version') => hasSwitch(args, name, command?.options ?? globalOptions);
  if (asks('help')) {
    const { commandHelp, helpText, helpWidth } = await import('./help.ts');
    const width = helpWidth(process.stdout.columns);
    return entry && command ? commandHelp(entry, command, names, width) : helpText(commands, overview, names, width);
  }
  return asks('version') ? packageVersion() : undefined;
}

async function perform({ options, savesOnSignal, work }: Task): Promise<void> {
  const { createLogger } = await import('./logging.ts');
  const logger = createLogger(options);
  requireSpareThreads();
  const { signal, release } = heedSignals(savesOnSignal, logger);
  try {
    const context = { ...defaultContext(logger), experiment, wording };
    const result = await work({ ...context, options, signal });
    printResult(result, options.json);
    if (result.failure) throw result.failure;
  } finally {
    release();
  }
}

/** Says what went wrong on standard error. A person's mistake gets a sentence, ours also a stack. */
async function report(error: unknown, globals: GlobalOptions): Promise<ExitCode> {
  const { createLogger } = await import('./logging.ts');
  const logger = createLogger(globals);
  if (error instanceof InterruptedError) logger.warn(error.worded(wording));
  else if (error instanceof AtelierError) logger.error(error.worded(wording));
  // Parts of the program are opened when they are needed.
  else if (hasCode(error, 'EMFILE', 'ENFILE'))
    logger.error(
      `this process may not open as many files at once as it needs: ${messageOf(error)}. Raise the limit: ulimit -n 1024`,
    );
  else logger.error({ err: error }, `internal: ${messageOf(error)}`);
  return error instanceof AtelierError ? error.exitCode : exitCodes.failed;
}
