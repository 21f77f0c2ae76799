import type { SplitName } from '../../src/data/dataset.ts';
import type { LabelledImages } from '../../src/data/images.ts';
import { context } from '../models.ts';

/** A part of Fashion-MNIST, which `make setup` put in one of its places, with the names of its classes. */
export async function loadReal(
  part: Exclude<SplitName, 'validation'>,
): Promise<{ readonly images: LabelledImages; readonly classes: readonly string[] }> {
  const dataset = await context.datasets('fashion-mnist', {});
  return { images: await dataset.load(part), classes: dataset.classes };
}
