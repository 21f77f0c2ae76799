#!/usr/bin/env node
import yargs, { type Argv } from 'yargs';
import { AtelierError, type ExitCode, exitCodes, InterruptedError, messageOf, UsageError } from '../errors.ts';
import type { GlobalArguments, GlobalOptions } from './command.ts';
import { data } from './commands/data.ts';
import { evaluate } from './commands/evaluate.ts';
import { graphs } from './commands/graphs.ts';
import { summary } from './commands/summary.ts';
import { train } from './commands/train.ts';
import { createLogger, logLevels } from './logging.ts';
import { printResult } from './output.ts';

const examples: readonly (readonly [string, string])[] = [
  ['$0 train m1', 'trains Model 1 as the report did, 12 epochs'],
  ['$0 train m2 --epochs 1 --limit-train 2000', 'a quick try of Model 2'],
  ['$0 train m1 --resume', 'goes on with the latest unfinished run of Model 1'],
  ['$0 evaluate artifacts/runs/m1-20260101-120000', 'metrics on the 10,000 test images'],
];

/** Runs the program and returns its exit code. */
export async function main(args: readonly string[]): Promise<ExitCode> {
  const controller = new AbortController();
  const stop = () => {
    // The second signal does not wait for the state to be saved.
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  let globals: GlobalOptions = { json: false, logLevel: 'info', quiet: false };
  let work: () => Promise<void> = async () => undefined;

  try {
    let parser = base(args);
    for (const entry of [data, graphs, summary, train, evaluate])
      parser = entry.register(parser, (options, run) => {
        globals = options;
        work = async () =>
          printResult(await run({ logger: createLogger(globals), options, signal: controller.signal }), options.json);
      });
    await parser.parseAsync();
    await work();
    return exitCodes.done;
  } catch (error) {
    return report(error, globals);
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}

function base(args: readonly string[]): Argv<GlobalArguments> {
  let parser = yargs([...args])
    .scriptName('atelier')
    .usage('$0 COMMAND\n\nTrains, evaluates and opens up image classifiers on ONNX Runtime.')
    .option('json', { type: 'boolean', default: false, describe: 'Print the result as one JSON document' })
    .option('log-level', {
      choices: logLevels,
      default: 'info',
      requiresArg: true,
      describe: 'What to log to standard error',
    })
    .option('quiet', { alias: 'q', type: 'boolean', default: false, describe: 'Log errors only, no progress bars' })
    .demandCommand(1, 'Which command? See the list above.')
    .strict()
    .recommendCommands()
    .help()
    .alias('help', 'h')
    .wrap(Math.min(120, process.stdout.columns ?? 100))
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new UsageError(`${message} See: atelier --help`);
    });
  for (const [command, description] of examples) parser = parser.example(command, description);
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

process.exitCode = await main(process.argv.slice(2));
