import { join } from 'node:path';
import { allFinite } from '../files/finite-tensors.ts';
import { appendLine } from '../files/jsonl.ts';
import { writeCheckpoint } from './checkpoint.ts';
import { DivergedError, type Divergence, recordDivergence } from './divergence.ts';
import type { Engine } from './engines/engine.ts';
import type { RunStore } from './fit.ts';
import type { EpochRecord } from './history.ts';
import type { Progress } from './progress.ts';
import type { RunFolder } from './run-folder.ts';

/** Keeps a run in its folder. */
export class FolderStore implements RunStore {
  readonly #folder: RunFolder;
  readonly #model: string;
  readonly #seed: number;
  #lastSaved: string | null = null;

  constructor(folder: RunFolder, model: string, seed: number) {
    this.#folder = folder;
    this.#model = model;
    this.#seed = seed;
  }

  async saveLast(engine: Engine, progress: Progress): Promise<void> {
    await this.#save('last', engine, progress);
    this.#lastSaved = this.#describe(progress);
  }

  async saveBest(engine: Engine, progress: Progress): Promise<void> {
    await this.#save('best', engine, progress);
  }

  async appendHistory(record: EpochRecord): Promise<void> {
    await appendLine(this.#folder.history, record);
  }

  async recordDivergence(divergence: Divergence): Promise<void> {
    await recordDivergence(this.#folder, divergence);
  }

  lastSaved(): string | null {
    return this.#lastSaved;
  }

  /** Remembers the checkpoint that a run goes on from. */
  resumedFrom(progress: Progress): void {
    this.#lastSaved = this.#describe(progress);
  }

  async #save(which: 'best' | 'last', engine: Engine, progress: Progress): Promise<void> {
    const state = await engine.state();
    for (const [name, tensor] of state) {
      if (allFinite(tensor)) continue;
      const found = `'${name}' is no longer finite after step ${progress.step}, so the state is not saved`;
      const divergence = { found, step: progress.step };
      await this.recordDivergence(divergence);
      throw new DivergedError(divergence, this.#lastSaved);
    }
    await writeCheckpoint(this.#folder.checkpoint(which), { model: this.#model, seed: this.#seed, progress, state });
  }

  #describe({ step }: Progress): string {
    return `'${join(this.#folder.checkpoint('last'))}' (after step ${step})`;
  }
}
