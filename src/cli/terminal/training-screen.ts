import { relative } from 'node:path';
import { summarize } from '../../../graphs/models/summary.ts';
import { type MessageWording, wordedFor } from '../../message.ts';
import { percent, perSecond, thousands } from '../../text/numbers.ts';
import type { Ending, TrainingObserver } from '../../training/fit.ts';
import type { EpochRecord } from '../../training/history.ts';
import { type Progress, trainingMeans } from '../../training/progress.ts';
import type { TrainingRun } from '../../training/training-run.ts';
import { nextStep, whereItStands } from '../next-step.ts';
import { TrainingClock } from '../training-clock.ts';
import { bestText, endingText } from '../training-log.ts';
import { columnsFor, headingLines, lossText, rowLine } from './epoch-table.ts';
import { type Fact, factLines } from './facts.ts';
import { duration, type LivePart, liveLine } from './live-line.ts';
import type { Screen } from './screen.ts';

/** Shows a training run on a terminal: a header, a live line, a row for each epoch, a summary. */
export class TrainingScreen implements TrainingObserver {
  readonly #run: TrainingRun;
  readonly #screen: Screen;
  readonly #wording: MessageWording;
  readonly #clock: TrainingClock;
  /** The heading of the table that stands on the screen. */
  #heading = '';

  constructor(run: TrainingRun, screen: Screen, wording: MessageWording) {
    this.#run = run;
    this.#screen = screen;
    this.#wording = wording;
    this.#clock = new TrainingClock(run);
  }

  begin(): void {
    this.#screen.clear();
    this.#screen.print(...factLines(headerFacts(this.#run, this.#wording), this.#screen), '');
  }

  step(progress: Progress): void {
    // What is shown is the state at this step, however wide the window is when it is drawn.
    const forms = liveForms(this.#run, progress, this.#clock);
    this.#screen.show((columns) => liveLine(forms, columns));
  }

  epoch(record: EpochRecord, isBest: boolean): void {
    this.#clock.epoch(record);
    const screen = this.#screen;
    const columns = columnsFor(screen.columns);
    const heading = headingLines(columns);
    const row = rowLine(columns, record, isBest);
    screen.clear();
    // Again where the window has changed, so that every row has its heading.
    if (heading.join() !== this.#heading) screen.print(...heading.map((line) => screen.styled('dim', line)));
    this.#heading = heading.join();
    screen.print(row.replace(/best$/, (word) => screen.styled('green', word)));
  }

  finish(progress: Progress, ending: Ending): void {
    const { folder, config } = this.#run;
    const { epoch, step, best } = progress;
    const screen = this.#screen;
    screen.clear();
    const made = `${count(epoch, 'epoch')} (${count(step, 'step')})`;
    const facts: readonly Fact[] = [
      {
        name: 'ended',
        text: `${endingText(ending, config.recipe)} after ${made}, in ${duration(this.#clock.seconds())}`,
      },
      { name: 'best', text: best ? bestText(best) : 'no epoch completed' },
      {
        name: 'next',
        text: this.#wording.call(nextStep({ config, run: folder.path, progress })),
        kind: 'command',
      },
    ];
    screen.print(...(this.#heading === '' ? [] : ['']), ...factLines(facts, screen));
  }

  stop(): void {
    this.#screen.clear();
  }
}

function headerFacts(run: TrainingRun, wording: MessageWording): readonly Fact[] {
  const { config, folder, start, data, place, programs } = run;
  const { recipe, threads } = config;
  const { optimizer, schedule } = recipe;
  const validation = config.limits.validation ?? config.data.images.validation;
  const { parameters } = summarize(programs.model);
  return [
    { name: 'model', text: `${config.model}, ${thousands(parameters)} parameters` },
    {
      name: 'data',
      text: `${config.data.title}: ${thousands(data.imagesPerEpoch)} training, ${thousands(validation)} validation images`,
    },
    {
      name: 'recipe',
      text:
        `${count(recipe.epochs, 'epoch')} of ${count(data.stepsPerEpoch, 'step')}, ${recipe.batchSize} images a step, ` +
        `${optimizer.name} at ${optimizer.lr}, ${schedule.name} rate`,
    },
    { name: 'device', text: `${place.device}, ${count(threads, 'thread')} (${place.reason})` },
    { name: 'run', text: shortPath(folder.path), kind: 'path' },
    ...(config.name === undefined ? [] : [{ name: 'name', text: config.name }]),
    ...(start.step === 0 ? [] : [{ name: 'resumed', text: wordedFor(whereItStands(run), wording) }]),
    ...(start.best === null ? [] : [{ name: 'best', text: `so far ${bestText(start.best)}` }]),
  ];
}

function count(number: number, what: string): string {
  return `${thousands(number)} ${what}${number === 1 ? '' : 's'}`;
}

/** As it stands from here, where that is shorter. */
function shortPath(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere !== '' && fromHere.length < path.length ? fromHere : path;
}

/** The live line, richest form first. */
function liveForms({ config, data }: TrainingRun, progress: Progress, clock: TrainingClock): readonly LivePart[] {
  const { epoch, stepInEpoch } = progress;
  const { loss, accuracy } = trainingMeans(progress);
  const { speed, epochSecondsLeft, secondsLeft } = clock.at(progress);
  const { stepsPerEpoch } = data;
  const isTrained = stepInEpoch === stepsPerEpoch;
  const [left, all] = [duration(epochSecondsLeft), duration(secondsLeft)];
  const fields = {
    steps: `${stepInEpoch}/${stepsPerEpoch}`.padStart(2 * String(stepsPerEpoch).length + 1),
    loss: `loss ${lossText(loss)}`,
    accuracy: `accuracy ${percent(accuracy, 2)}`,
    shortAccuracy: `acc ${percent(accuracy, 2)}`,
    speed: `${perSecond(speed)} images/s`,
    left: isTrained ? `validating, all ${all} left` : `epoch ${left}, all ${all} left`,
    shortLeft: isTrained ? 'validating' : `${left}/${all} left`,
  };
  const { steps, loss: lossField, accuracy: long, shortAccuracy: short, speed: speedField, left: timeField } = fields;
  const forms = [
    [steps, lossField, long, speedField, timeField],
    [lossField, long, speedField, timeField],
    [lossField, short, speedField, fields.shortLeft],
    [lossField, short, fields.shortLeft],
    [lossField, fields.shortLeft],
    [lossField],
    [],
  ];
  const before = `epoch ${epoch + 1}/${config.recipe.epochs}`;
  return forms.map((after) => ({ before, share: stepInEpoch / stepsPerEpoch, after }));
}
