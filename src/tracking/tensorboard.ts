import type { Logger } from 'pino';
import { AtelierError, messageOf } from '../errors.ts';
import type { TrainingObserver } from '../training/fit.ts';
import { type EpochRecord, readHistory } from '../training/history.ts';
import { exists, type RunFolder } from '../training/run-folder.ts';
import { EventFolder } from './event-folder.ts';
import type { SummaryValue } from './event-messages.ts';

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
    await this.#add(epoch, [{ tag, image: { ...sizeOf(png, tag), colorspace: 3, encoded_image_string: png } }]);
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

/** A PNG's size stands at a fixed place. */
function sizeOf(png: Uint8Array, tag: string): { readonly width: number; readonly height: number } {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  if (png.length < 24 || view.getUint32(0) !== 0x89504e47)
    throw new AtelierError(`internal: the picture '${tag}' is no PNG`);
  return { width: view.getUint32(16), height: view.getUint32(20) };
}
