import { type ActivationsObserver, drawActivations } from '../../explanation/draw-activations.ts';
import { thousands } from '../../text/numbers.ts';
import { threadsOf } from '../../training/environment.ts';
import type { Run } from '../command.ts';
import { createBar } from '../progress.ts';
import type { ActivationsOptions } from './activations.ts';

export const run: Run<ActivationsOptions> = async (options, context) => {
  const { run: path = '', images, layers, channels, sheets, scale, raw, out, split, checkpoint, dir } = options;
  const request = {
    images,
    layers: layers?.split(',').map((name) => name.trim()),
    channels,
    sheets,
    scaling: scale,
    raw,
    out,
    split,
    checkpoint,
    dataDirectory: dir,
    threads: threadsOf(options.threads),
  };
  const bar = createBar('activations |{bar}| {value}/{total} images  {files} files  {speed} images/s', context.options);
  const observer: ActivationsObserver = {
    file: ({ images: done, total, files, imagesPerSecond }) =>
      bar.update(done, total, { files: String(files), speed: imagesPerSecond.toFixed(0) }),
  };
  try {
    const drawn = await drawActivations(path, request, context, observer);
    const { index, seconds } = drawn;
    const imagesPerSecond = index.images.length / seconds;
    const text =
      `${thousands(index.files.length)} files of ${thousands(index.images.length)} ${index.split} images, ` +
      `layers ${index.layers.map(({ name }) => name).join(', ')}, in ${seconds.toFixed(1)} s ` +
      `(${imagesPerSecond.toFixed(0)} images/s), written to ${drawn.out}`;
    return { text, json: { out: drawn.out, seconds, imagesPerSecond, ...index } };
  } finally {
    bar.stop();
  }
};
