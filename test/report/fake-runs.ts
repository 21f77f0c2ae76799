import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { published } from '../../experiments/fashion-mnist-report/published.ts';
import { computeMetrics } from '../../src/evaluation/metrics.ts';
import { predictionsOf } from '../../src/evaluation/predictions.ts';
import { predictionsCsv } from '../../src/evaluation/predictions-csv.ts';
import { stream } from '../../src/random/streams.ts';
import type { ResolvedRecipe } from '../../src/recipe/schema.ts';
import type { RunConfig } from '../../src/training/config/run-config.ts';
import type { EpochRecord } from '../../src/training/history.ts';
import { entryOf, type ModelName } from '../models.ts';
import { sampleConfig } from '../training/sample-config.ts';

export const classNames = published.classes;

/** An image's true class and what a model answered. */
export type Answer = readonly [truth: number, predicted: number];

export interface FakeRun {
  readonly model: ModelName;
  readonly answers: readonly Answer[];
  readonly recipe?: Partial<ResolvedRecipe>;
  readonly config?: Partial<RunConfig>;
  readonly history?: readonly EpochRecord[];
  readonly classNames?: readonly string[];
  readonly split?: 'test' | 'validation';
}

/** The configuration of a run of the model's own recipe. */
export function fakeConfig(model: ModelName, recipe: Partial<ResolvedRecipe> = {}): RunConfig {
  return sampleConfig(model, { recipe: { ...entryOf(model).recipe, ...recipe } });
}

/** Epochs with these learning rates; the validation loss is lowest at `best`. */
export function fakeHistory(rates: readonly number[], best = rates.length): EpochRecord[] {
  return rates.map((lr, index) => ({
    epoch: index + 1,
    train: { loss: 0.5 / (index + 1), accuracy: 1 - 0.2 / (index + 1) },
    validation: { loss: 0.25 + 0.01 * Math.abs(index + 1 - best), accuracy: 0.92 },
    lr,
    seconds: 60,
    images_per_second: 1000,
  }));
}

/** Writes an evaluated run without a checkpoint; returns its folder. */
export function writeFakeRun(path: string, fake: FakeRun): string {
  const { model, answers, recipe, config, history, split = 'test', classNames: names = classNames } = fake;
  const directory = join(path, 'evaluation', split);
  mkdirSync(directory, { recursive: true });
  const logits = Float32Array.from(
    answers.flatMap(([truth, said], image) =>
      // Unlike confidences, so that the order of mistakes is one; the true class comes second.
      names.map((_, index) => (index === said ? 3 + (image % 97) / 50 : index === truth ? 1 : 0)),
    ),
  );
  const scores = { classNames: names, labels: answers.map(([truth]) => truth), logits };
  const metrics = computeMetrics({ model, run: 'fake', checkpoint: 'best', split }, scores);
  writeFileSync(join(path, 'config.json'), JSON.stringify({ ...fakeConfig(model, recipe), ...config }));
  writeFileSync(join(directory, 'metrics.json'), JSON.stringify(metrics));
  writeFileSync(join(directory, 'predictions.csv'), predictionsCsv(predictionsOf(scores, [...answers.keys()])));
  if (history) {
    writeFileSync(join(path, 'history.jsonl'), history.map((record) => `${JSON.stringify(record)}\n`).join(''));
  }
  return path;
}

/** Where a model that errs usually goes: the class that looks most alike. */
const lookalikes = [6, 3, 4, 2, 2, 7, 0, 9, 0, 7];

/**
 * Answers to `perClass` images of each class with about the published recalls of both models; images that are hard for
 * one are hard for the other.
 */
export function publishedLikeAnswers(perClass: number): { m1: Answer[]; m2: Answer[] } {
  const draws = stream(1, 'test.answers');
  const uniform = () => draws.nextUint32() / 2 ** 32;
  const result: { m1: Answer[]; m2: Answer[] } = { m1: [], m2: [] };
  for (let image = 0; image < perClass * classNames.length; image += 1) {
    const truth = image % classNames.length;
    const shared = uniform();
    for (const model of ['m1', 'm2'] as const) {
      const ease = uniform() < 0.7 ? shared : uniform();
      const right = ease < (published.models[model].classes[truth]?.recall ?? 1);
      const elsewhere = uniform() < 0.25 ? Math.floor(10 * uniform()) : (lookalikes[truth] ?? 0);
      result[model].push([truth, right ? truth : elsewhere]);
    }
  }
  return result;
}
