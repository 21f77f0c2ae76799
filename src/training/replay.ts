/**
 * What a run's config.json says beside the recipe, asked for again. All of it is replayed but the device: another machine
 * has another. What the request itself says counts more.
 */
import type { z } from 'zod';
import type { DataOptions } from '../data/own/options.ts';
import { UsageError } from '../errors.ts';
import { joined, type Part, said, setting, type Text } from '../message.ts';
import type { ConfigFile } from '../recipe/config-file.ts';
import { isValues, show, type Values, valueAt } from '../recipe/values.ts';
import { thousands } from '../text/numbers.ts';
import { migrateRunConfig } from './config/migrations.ts';
import { problemLines, type RunConfig, runConfigSchema } from './config/run-config.ts';
import { type EngineName, engineNames, isEngineName } from './engines/engine-names.ts';
import type { TargetRequest } from './engines/target-names.ts';
import type { TrainRequest } from './open-run.ts';
import { recordedOptions } from './run-data.ts';

const { schema, limits, checkpointEvery, threads, device, engine, target, data, versions, initFrom, initWeights } =
  runConfigSchema.shape;

/** What is replayed, and what a replay is held against; somebody may have taken parts of it out. */
const recordedSchema = runConfigSchema
  .pick({ schema: true })
  .extend({ schema, checkpointEvery, threads, engine, target, initFrom, initWeights })
  .extend({ limits: limits.partial(), device: device.partial(), data: data.partial(), versions: versions.partial() })
  .partial();

type Recorded = z.infer<typeof recordedSchema>;

/** A request with what a recorded configuration says. */
export interface Replay {
  readonly request: TrainRequest;
  /** What is replayed, and what was asked for otherwise. */
  readonly text: Text;
  readonly recorded: Recorded;
}

/**
 * The request, with what the run of its configuration file was trained with wherever it says nothing itself; undefined
 * where the file holds a recipe alone, or there is none.
 *
 * @throws UsageError where the file says what cannot be
 */
export async function replayOf(request: TrainRequest): Promise<Replay | undefined> {
  const { configFile } = request;
  if (configFile?.recorded === undefined) return undefined;
  const recorded = await parseRecorded(configFile, configFile.recorded);
  const { limits = {}, data = {}, initFrom, checkpointEvery } = recorded;
  const engine = recordedEngine(configFile, recorded);
  const filled: TrainRequest = {
    ...request,
    limitTrain: otherwise(request.limitTrain, limits.train),
    limitValidation: otherwise(request.limitValidation, limits.validation),
    maxSteps: otherwise(request.maxSteps, limits.maxSteps),
    checkpointEvery: otherwise(request.checkpointEvery, checkpointEvery),
    // 0 left the number to the runtime.
    threads: request.threads ?? (recorded.threads || undefined),
    engine: request.engine ?? engine,
    target: request.target ?? recordedTarget(request.engine ?? engine, recorded.target),
    data: request.data ?? data.origin?.path ?? data.name,
    ...(request.data === undefined &&
      data.origin && { dataOptions: { ...replayedOptions(data), ...request.dataOptions } }),
    initFrom: otherwise(request.initFrom, initFrom),
  };
  const changed = changes(request);
  const replayed = [`replaying '${configFile.path}': ${['its recipe', ...parts(recorded)].join(', ')}`];
  const text =
    changed.length === 0
      ? joined(replayed, '')
      : joined(
          [
            ...replayed,
            said`. Asked for otherwise: ${joined(
              changed.map((part) => ({ parts: [part] })),
              ', ',
            )}`,
          ],
          '',
        );
  return { request: filled, text, recorded };
}

/**
 * What keeps a replay from having the bytes of the run that it repeats: another device, form of the graphs, data set or
 * version of the runtime. A line each.
 */
export function replayDifferences(recorded: Recorded, config: RunConfig, asked: TrainRequest): readonly string[] {
  const keys = [
    ['device', 'used'],
    ...(asked.engine === undefined && asked.target === undefined ? [['target']] : []),
    ['data', 'fingerprint'],
    ['versions', 'onnxruntime'],
  ];
  const differences = keys.flatMap((path) => {
    const [before, now] = [valueAt(recorded, path), valueAt(config, path)];
    return before === undefined || before === now
      ? []
      : [`${path.join('.')}: ${show(before)} in the run, ${show(now)} here`];
  });
  const areOthers =
    asked.initFrom === undefined && recorded.initWeights !== undefined && recorded.initWeights !== config.initWeights;
  return areOthers
    ? [...differences, `initFrom: '${config.initFrom}' holds other weights than the run began with`]
    : differences;
}

/** What was asked of pictures of one's own; whoever took their shape out of the file has it chosen anew. */
function replayedOptions({ shape, origin }: NonNullable<Recorded['data']>): DataOptions | undefined {
  return shape && recordedOptions({ shape, origin });
}

/** Null asks for none of it, as against nothing being said. */
function otherwise<Value>(asked: Value | undefined, recorded: Value | undefined): Value | undefined {
  return asked === undefined ? recorded : asked;
}

async function parseRecorded({ path }: ConfigFile, value: Values): Promise<Recorded> {
  const migrated = await migrateRunConfig(value);
  const { data, error } = recordedSchema.safeParse(migrated);
  if (data !== undefined) return data;
  throw new UsageError(
    `configuration '${path}' cannot be replayed:\n${problemLines(error, migrated).join('\n')}\nCorrect these, or leave them out.`,
    { code: 'invalid-setting' },
  );
}

function recordedEngine({ path }: ConfigFile, { engine }: Recorded): EngineName | undefined {
  if (engine === undefined || isEngineName(engine)) return engine;
  throw new UsageError(
    said`configuration '${path}': there is no engine '${engine}'; there are: ${engineNames.join(', ')}. Choose one with ${setting('engine')}.`,
    { code: 'unknown-name' },
  );
}

/** Blocks are those of the processor at hand; the other engine has one form only. */
function recordedTarget(engine: EngineName | undefined, target: string | undefined): TargetRequest | undefined {
  return engine !== 'ort-training' && target === 'portable' ? 'portable' : undefined;
}

/** What is replayed beside the recipe, in words. */
function parts({ limits = {}, checkpointEvery, threads, engine, target, data, initFrom }: Recorded): readonly string[] {
  const { train, validation, maxSteps } = limits;
  const count = (text: (number: string) => string, value: number | null | undefined) =>
    value === null || value === undefined || value === 0 ? [] : [text(thousands(value))];
  return [
    ...count((images) => `the first ${images} training images`, train),
    ...count((images) => `the first ${images} validation images`, validation),
    ...count((steps) => `at most ${steps} steps`, maxSteps),
    ...count((steps) => `a checkpoint every ${steps} steps`, checkpointEvery),
    ...(engine === undefined ? [] : [`engine ${engine}`]),
    ...(target === undefined ? [] : [`target ${target}`]),
    ...count((number) => `threads ${number}`, threads),
    ...(data?.name === undefined ? [] : [`data set ${data.origin?.path ?? data.name}`]),
    ...(initFrom === null || initFrom === undefined ? [] : [`weights of '${initFrom}'`]),
  ];
}

/** What a request says beside its configuration file. */
function changes(request: TrainRequest): readonly Part[] {
  const names = [
    'data',
    'limitTrain',
    'limitValidation',
    'maxSteps',
    'checkpointEvery',
    'engine',
    'target',
    'threads',
    'initFrom',
  ] as const;
  const settings = names.filter((name) => request[name] !== undefined).map((name) => setting(name));
  const fields = Object.entries(request.options).flatMap(([key, value]): readonly Part[] => {
    if (value === undefined) return [];
    if (!isValues(value)) return [{ recipe: [key] }];
    return Object.keys(value).map((inner) => ({ recipe: [key, inner] }));
  });
  return [...fields, ...settings];
}
