#!/usr/bin/env node
import yargs, { type Argv } from 'yargs';
import { fashionMnistReport } from '../../experiments/index.ts';
import { defaultContext } from '../context.ts';
import { AtelierError, type ExitCode, exitCodes, InterruptedError, messageOf } from '../errors.ts';
import { packageVersion } from '../files/package-root.ts';
import type { GlobalArguments, GlobalOptions, Task } from './command.ts';
import { activations } from './commands/activations.ts';
import { bench } from './commands/bench.ts';
import { compare } from './commands/compare.ts';
import { data } from './commands/data.ts';
import { evaluate } from './commands/evaluate.ts';
import { exportCommand } from './commands/export.ts';
import { graphs } from './commands/graphs.ts';
import { predict } from './commands/predict.ts';
import { reportCommand } from './commands/report.ts';
import { summary } from './commands/summary.ts';
import { train } from './commands/train.ts';
import { createLogger, logLevels } from './logging.ts';
import { printResult } from './output.ts';
import { CommandLineError, explain } from './usage.ts';

const commands = [
  data,
  graphs,
  summary,
  train,
  evaluate,
  compare,
  predict,
  activations,
  reportCommand,
  exportCommand,
  bench,
];

const examples: readonly (readonly [string, string])[] = [
  ['$0 train m1', 'trains Model 1 as the report did, 12 epochs'],
  ['$0 train m2 --epochs 1 --limit-train 2000', 'a quick try of Model 2'],
  ['$0 train m1 --resume', 'goes on with the latest unfinished run of Model 1'],
  ['$0 evaluate artifacts/runs/m1-20260101-120000', 'metrics on the 10,000 test images'],
];

/** Runs the program and returns its exit code. */
export async function main(args: readonly string[]): Promise<ExitCode> {
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

/** What the command line asks for; undefined where yargs has answered it itself (`--help`, `--version`). */
async function parse(args: readonly string[]): Promise<Task | undefined> {
  let task: Task | undefined;
  try {
    await parserOf(args, (found) => {
      task = found;
    }).parseAsync();
    return task;
  } catch (error) {
    if (!(error instanceof CommandLineError)) throw error;
    throw explain(error.message, args, await parserOf(args, () => undefined).getHelp());
  }
}

async function perform({ options, savesOnSignal, work }: Task): Promise<void> {
  const controller = new AbortController();
  const logger = createLogger(options);
  const stop = () => {
    // The second signal does not wait for the state to be saved.
    if (controller.signal.aborted || !savesOnSignal) {
      logger.warn('interrupted');
      process.exit(exitCodes.interrupted);
    }
    logger.info('interrupted: saving the state; once more to stop without');
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    const context = { ...defaultContext(logger), experiment: fashionMnistReport };
    printResult(await work({ ...context, options, signal: controller.signal }), options.json);
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}

function parserOf(args: readonly string[], begin: (task: Task) => void): Argv<GlobalArguments> {
  let parser = yargs([...args])
    .scriptName('atelier')
    // yargs would read the package.json above its own folder, which is the user's.
    .version(packageVersion())
    // `explain` reads the messages.
    .locale('en')
    .usage('$0 COMMAND\n\nTrains, evaluates and opens up image classifiers on ONNX Runtime.')
    .option('json', { type: 'boolean', default: false, describe: 'Print the result as one JSON document' })
    .option('log-level', {
      choices: logLevels,
      default: 'info',
      requiresArg: true,
      describe: 'What to log to standard error',
    })
    .option('quiet', { alias: 'q', type: 'boolean', default: false, describe: 'Log errors only, no progress bars' })
    .demandCommand(1)
    .strict()
    .help()
    .alias('help', 'h')
    .wrap(Math.min(120, process.stdout.columns ?? 100))
    .exitProcess(false)
    .fail((message, error: Error | undefined) => {
      if (error !== undefined && error.name !== 'YError') throw error;
      throw new CommandLineError(error?.message ?? message);
    });
  for (const command of commands) parser = command.register(parser, args, begin);
  for (const [line, description] of examples) parser = parser.example(line, description);
  return parser;
}

/** Says what went wrong on standard error. A person's mistake gets a sentence, ours also a stack. */
function report(error: unknown, globals: GlobalOptions): ExitCode {
  const logger = createLogger(globals);
  if (error instanceof InterruptedError) logger.warn(error.message);
  else if (error instanceof AtelierError) logger.error(error.message);
  else logger.error({ err: error }, `internal: ${messageOf(error)}`);
  return error instanceof AtelierError ? error.exitCode : exitCodes.failed;
}

// onnxruntime-node reads it when its library is loaded, which every command does later, by a dynamic import. It must stand
// in the main thread's environment: a worker's `process.env` is a copy that native code does not see.
process.env['ORT_DISABLE_TELEMETRY'] ??= '1';
process.exitCode = await main(process.argv.slice(2));
