import type { Logger } from 'pino';
import { AtelierError, messageOf } from '../errors.ts';
import type { TrainingObserver } from '../training/fit.ts';
import { type EpochRecord, readHistory } from '../training/history.ts';
import { exists, type RunFolder } from '../training/run-folder.ts';
import { EventFolder } from './event-folder.ts';
import type { ImageMessage, SummaryValue } from './event-messages.ts';

/**
 * Writes a run's numbers and pictures where TensorBoard finds them: `tensorboard --logdir artifacts/runs`. Steps are
 * epochs, from 1. Tracking is a log for people, so where it fails it warns and the training goes on; what is missing is
 * made up for when the run is resumed.
 */
export class TensorBoard implements TrainingObserver {
  readonly #events: EventFolder;
  readonly #logger: Logger;

  private constructor(events: EventFolder, logger: Logger) {
    this.#events = events;
    this.#logger = logger;
  }

  /**
   * Opens a run folder's event files and adds the epochs of its history that they lack: those of a run that was begun
   * without tracking, or killed between its checkpoint and its event.
   *
   * @throws AtelierError where history or event files cannot be read
   */
  static async open({ path, history }: RunFolder, logger: Logger): Promise<TensorBoard> {
    const board = new TensorBoard(await EventFolder.open(path), logger);
    if (await exists(history)) for (const record of await readHistory(history)) await board.epoch(record);
    return board;
  }

  async epoch(record: EpochRecord): Promise<void> {
    await this.#add(record.epoch, scalarsOf(record));
  }

  /** True where that picture, of that epoch, need not be drawn again. */
  hasImage(epoch: number, tag: string): boolean {
    return this.#events.has(tag, epoch);
  }

  /** Adds a PNG. Throws AtelierError for bytes of another kind. */
  async image(epoch: number, tag: string, png: Uint8Array): Promise<void> {
    await this.#add(epoch, [{ tag, image: { ...headOf(png, tag), encoded_image_string: png } }]);
  }

  async #add(epoch: number, values: readonly SummaryValue[]): Promise<void> {
    try {
      await this.#events.add(epoch, values);
    } catch (error) {
      this.#logger.warn({ err: error }, `TensorBoard: ${messageOf(error)}`);
    }
  }
}

/** An epoch's numbers under the names that TensorBoard shows; it groups by what stands before the slash. */
export function scalarsOf({ train, validation, lr }: EpochRecord): readonly SummaryValue[] {
  return [
    { tag: 'loss/train', simple_value: train.loss },
    { tag: 'loss/validation', simple_value: validation.loss },
    { tag: 'accuracy/train', simple_value: train.accuracy },
    { tag: 'accuracy/validation', simple_value: validation.accuracy },
    { tag: 'learning_rate', simple_value: lr },
  ];
}

/** The channels of a PNG's colour types, a palette's being those of its colours (PNG, third edition, 11.2.1). */
const channelsOfType: ReadonlyMap<number, number> = new Map([
  [0, 1],
  [2, 3],
  [3, 3],
  [4, 2],
  [6, 4],
]);

/** A PNG's size and colour type stand at fixed places. */
function headOf(png: Uint8Array, tag: string): Omit<ImageMessage, 'encoded_image_string'> {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const colorspace =
    png.length < 26 || view.getUint32(0) !== 0x89504e47 ? undefined : channelsOfType.get(view.getUint8(25));
  if (colorspace === undefined) throw new AtelierError(`internal: the picture '${tag}' is no PNG`);
  return { width: view.getUint32(16), height: view.getUint32(20), colorspace };
}
