/** Rates, times left and the lines that come now and then, by a clock that the test turns. */
import pino from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { TrainingClock } from '../../src/cli/training-clock.ts';
import { TrainingLog } from '../../src/cli/training-log.ts';
import { commandWording } from '../../src/cli/wording.ts';
import { initialProgress, type Progress } from '../../src/training/progress.ts';
import { RunFolder } from '../../src/training/run-folder.ts';
import { sampleConfig } from '../training/sample-config.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const start = initialProgress({ lr: 1e-3, best: null, badEpochs: 0, cooldown: 0 });
/** Ten steps of 100 images an epoch, three epochs. */
const data = { imagesPerEpoch: 1000, stepsPerEpoch: 10 };

function runOf({ maxSteps = null, begun = start }: { readonly maxSteps?: number | null; readonly begun?: Progress }) {
  const { recipe, limits, ...config } = sampleConfig('m1');
  return {
    folder: new RunFolder('run'),
    config: { ...config, recipe: { ...recipe, epochs: 3, batchSize: 100 }, limits: { ...limits, maxSteps } },
    data: { ...data, trainBatches: notCalled, validationBatches: notCalled },
    start: begun,
  };
}

function clockOf(options: Parameters<typeof runOf>[0]) {
  return new TrainingClock(runOf(options));
}

function notCalled(): never {
  throw new Error('a clock reads no images');
}

const at = (epoch: number, stepInEpoch: number): Progress => ({
  ...start,
  epoch,
  stepInEpoch,
  step: epoch * 10 + stepInEpoch,
  images: stepInEpoch * 100,
});
const record = (seconds: number, speed: number) => ({
  epoch: 1,
  train: { loss: 1, accuracy: 0.5 },
  validation: { loss: 1, accuracy: 0.5 },
  lr: 1e-3,
  seconds,
  images_per_second: speed,
});

it('goes by the images of the epoch so far', () => {
  const clock = clockOf({});
  vi.advanceTimersByTime(2000);
  // 400 images in 2 s: 600 to go in this epoch, 2,600 in all.
  expect(clock.at(at(0, 4))).toEqual({ speed: 200, epochSecondsLeft: 3, secondsLeft: 13 });
  expect(clock.seconds()).toBe(2);
});

it('counts the validations to come as long as the last one took', () => {
  const clock = clockOf({});
  vi.advanceTimersByTime(7000);
  // 1,000 images at 200/s took 5 s, so validation took 2.
  clock.epoch(record(7, 200));
  vi.advanceTimersByTime(1000);
  expect(clock.at(at(1, 2))).toEqual({ speed: 200, epochSecondsLeft: 4, secondsLeft: 9 + 2 * 2 });
});

it('ends with the last step that was asked for', () => {
  const clock = clockOf({ maxSteps: 6 });
  vi.advanceTimersByTime(1000);
  expect(clock.at(at(0, 2))).toEqual({ speed: 200, epochSecondsLeft: 2, secondsLeft: 2 });
});

it('of a resumed epoch knows its own images only', () => {
  const clock = clockOf({ begun: at(1, 5) });
  vi.advanceTimersByTime(1000);
  expect(clock.at(at(1, 7))).toEqual({ speed: 200, epochSecondsLeft: 1.5, secondsLeft: 6.5 });
});

it('a log has a line of an epoch every 15 seconds, and none sooner after the line of an epoch', () => {
  const lines: string[] = [];
  const write = (line: string) => lines.push(JSON.parse(line).msg);
  const log = new TrainingLog(runOf({}), pino({ base: null }, { write }), commandWording('m1'));
  const stepAfter = (seconds: number, progress: Progress) => {
    vi.advanceTimersByTime(1000 * seconds);
    log.step({ ...progress, lossSum: 0.5 * progress.images, correct: 0.75 * progress.images }, 1e-3);
    return lines.splice(0);
  };
  expect(stepAfter(14.9, at(0, 2))).toEqual([]);
  expect(stepAfter(0.1, at(0, 3))).toEqual([
    'epoch 1/3: step 3/10, loss 0.5000, accuracy 75.00 %, 20 images/s, 2:15 left',
  ]);
  expect(stepAfter(14.9, at(0, 5))).toEqual([]);
  log.epoch(record(29.9, 40), true);
  expect(lines.splice(0)).toEqual([expect.stringMatching(/^epoch 1\/3 {2}training loss 1\.0000 .* best$/)]);
  expect(stepAfter(14.9, at(1, 1))).toEqual([]);
  expect(stepAfter(0.1, at(1, 2))).toHaveLength(1);
});
