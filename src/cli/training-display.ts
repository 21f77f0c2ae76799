import type { Ending, TrainingObserver } from '../training/fit.ts';
import type { EpochRecord } from '../training/history.ts';
import type { Progress } from '../training/progress.ts';
import type { TrainingRun } from '../training/training-run.ts';
import type { WorkProgress } from '../work-observer.ts';
import type { CommandContext } from './command.ts';
import { createLogger } from './logging.ts';
import { liveLine } from './terminal/live-line.ts';
import type { LogRecord } from './terminal/log-lines.ts';
import { displayScreen } from './terminal/screen.ts';
import { TrainingScreen } from './terminal/training-screen.ts';
import { workShown } from './terminal/work-screen.ts';
import { TrainingLog } from './training-log.ts';

type DisplayContext = Pick<CommandContext, 'options' | 'wording' | 'logger'>;

/** Shows that a training is being prepared, until it begins or `stop`; with the logger for that time. */
export function showPreparation(model: string, { options, logger }: DisplayContext) {
  const screen = displayScreen(options);
  const preparing = () =>
    screen?.show((columns) => liveLine([{ before: `preparing ${model} …`, share: null, after: [] }], columns));
  const show = screen && workShown(screen);
  preparing();
  return {
    logger: screen ? createLogger(options, { isDisplayed: isInHeader }) : logger,
    observer: {
      progress: (progress: WorkProgress) => (progress.done === progress.total ? preparing() : show?.(progress)),
    },
    stop: () => screen?.clear(),
  };
}

/** Where a run is computed, and in which form: the header has the device. */
function isInHeader(record: LogRecord): boolean {
  return 'reason' in record && ('device' in record || 'target' in record);
}

/** Tells of a training: in the run's log, and on the terminal where there is one, else as lines of a log. */
export class TrainingDisplay implements TrainingObserver {
  readonly #run: TrainingRun;
  readonly #log: TrainingLog;
  readonly #screen: TrainingScreen | undefined;
  readonly #records: EpochRecord[] = [];
  readonly #started = performance.now();

  constructor(run: TrainingRun, { options, wording }: DisplayContext) {
    const screen = displayScreen(options);
    const isDisplayed = () => screen !== undefined;
    this.#run = run;
    this.#log = new TrainingLog(run, createLogger(options, { file: run.folder.log, isDisplayed }), wording);
    this.#screen = screen && new TrainingScreen(run, screen, wording);
  }

  begin(): void {
    this.#log.begin();
    this.#screen?.begin();
  }

  step(progress: Progress, learningRate: number): void {
    this.#log.step(progress, learningRate);
    this.#screen?.step(progress);
  }

  epoch(record: EpochRecord, isBest: boolean): void {
    this.#records.push(record);
    this.#log.epoch(record, isBest);
    this.#screen?.epoch(record, isBest);
  }

  /** Shows the summary and returns it as data. */
  finish(progress: Progress, ending: Ending) {
    this.#log.finish(progress, ending);
    this.#screen?.finish(progress, ending);
    const { epoch, step, best } = progress;
    return {
      run: this.#run.folder.path,
      model: this.#run.config.model,
      ending,
      epochs: epoch,
      steps: step,
      seconds: (performance.now() - this.#started) / 1000,
      best,
      history: this.#records,
    };
  }

  stop(): void {
    this.#screen?.stop();
  }
}
