import type { InputForm } from '../../graphs/export/inference-graph.ts';
import type { Normalization } from '../../graphs/programs/preprocess.ts';
import type { ImageShape } from '../data/images.ts';
import { AtelierError } from '../errors.ts';
import type { Session } from '../runtime/session.ts';
import { fromOrt, toOrt } from '../runtime/tensors.ts';
import { feedOf, type ImageSet } from './feed.ts';

/** How a compiled graph is fed. */
export interface Feeding {
  readonly input: InputForm;
  readonly normalization: Normalization;
}

/**
 * Images in one call: enough that the call's cost does not count, and few enough for the caches, and for the memory where they are
 * large: what layers make of them grows with their pixels.
 */
export function feedSize({ height, width }: ImageShape): number {
  return Math.min(100, Math.max(1, Math.floor((100 * 32 * 32) / (height * width))));
}

/** Some images of a set, from one place to before another. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Runs a compiled graph over a set of images, or some of them, and hands over each batch's float32 outputs by name. */
export async function runOver(
  session: Session,
  images: ImageSet,
  { input, normalization }: Feeding,
  take: (outputs: ReadonlyMap<string, Float32Array>, start: number) => void,
  { from, to }: Span = { from: 0, to: images.count },
): Promise<void> {
  const size = feedSize(images.shape);
  for (let start = from; start < to; start += size) {
    const feed = feedOf(images, input, normalization, start, Math.min(size, to - start));
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

/** One output for all images, or for some, float32[count * classes]. */
export async function outputOver(
  session: Session,
  images: ImageSet,
  feeding: Feeding,
  output: string,
  classes: number,
  span: Span = { from: 0, to: images.count },
): Promise<Float32Array> {
  const all = new Float32Array((span.to - span.from) * classes);
  const take = (outputs: ReadonlyMap<string, Float32Array>, start: number) => {
    const values = outputs.get(output);
    if (values === undefined)
      throw new AtelierError(`the model has no output '${output}'; it has: ${[...outputs.keys()].join(', ')}`, {
        code: 'unknown-name',
      });
    all.set(values, (start - span.from) * classes);
  };
  await runOver(session, images, feeding, take, span);
  return all;
}
