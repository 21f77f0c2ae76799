import { Presets, SingleBar } from 'cli-progress';
import type { GlobalOptions } from './global-options.ts';

export interface Bar {
  update(value: number, total: number, payload: Readonly<Record<string, string>>): void;
  /** Takes the bar off the screen, so that a log line can stand in its place. */
  stop(): void;
}

/** A progress bar on standard error; does nothing where that is no terminal, or with --quiet. */
export function createBar(format: string, { quiet }: Pick<GlobalOptions, 'quiet'>): Bar {
  if (quiet || !process.stderr.isTTY) return { update: () => undefined, stop: () => undefined };
  const bar = new SingleBar(
    { format, clearOnComplete: true, hideCursor: true, stopOnComplete: false },
    Presets.shades_grey,
  );
  let running = false;
  return {
    update: (value, total, payload) => {
      if (!running) bar.start(total, value, payload);
      running = true;
      bar.setTotal(total);
      bar.update(value, payload);
    },
    stop: () => {
      if (running) bar.stop();
      running = false;
    },
  };
}
