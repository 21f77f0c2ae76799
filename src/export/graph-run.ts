import type { InputForm } from '../../graphs/export/inference-graph.ts';
import type { Normalization } from '../../graphs/programs/preprocess.ts';
import { AtelierError } from '../errors.ts';
import type { Session } from '../runtime/session.ts';
import { fromOrt, toOrt } from '../runtime/tensors.ts';
import { feedOf, type ImageSet } from './feed.ts';

/** How a compiled graph is fed. */
export interface Feeding {
  readonly input: InputForm;
  readonly normalization: Normalization;
}

/** Images in one call: large enough that the call's cost does not count, small enough for the caches. */
export const feedSize = 100;

/** Runs a compiled graph over a set of images and hands over each batch's float32 outputs by name. */
export async function runOver(
  session: Session,
  images: ImageSet,
  { input, normalization }: Feeding,
  take: (outputs: ReadonlyMap<string, Float32Array>, start: number) => void,
): Promise<void> {
  for (let start = 0; start < images.count; start += feedSize) {
    const feed = feedOf(images, input, normalization, start, feedSize);
    const results = await session.run({ images: toOrt(feed) });
    const outputs = Object.entries(results).map(([name, result]) => {
      const tensor = fromOrt(result, name);
      if (tensor.dtype !== 'float32')
        throw new AtelierError(`internal: output '${name}' is ${tensor.dtype}, float32 was expected`);
      return [name, tensor.data] as const;
    });
    take(new Map(outputs), start);
  }
}

/** One output for all images, float32[count * classes]. */
export async function outputOver(
  session: Session,
  images: ImageSet,
  feeding: Feeding,
  output: string,
  classes: number,
): Promise<Float32Array> {
  const all = new Float32Array(images.count * classes);
  await runOver(session, images, feeding, (outputs, start) => {
    const values = outputs.get(output);
    if (values === undefined)
      throw new AtelierError(`the model has no output '${output}'; it has: ${[...outputs.keys()].join(', ')}`, {
        code: 'unknown-name',
      });
    all.set(values, start * classes);
  });
  return all;
}
