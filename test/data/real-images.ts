import type { SplitName } from '../../src/data/dataset.ts';
import type { LabelledImages } from '../../src/data/images.ts';
import { context } from '../models.ts';

type Part = Exclude<SplitName, 'validation'>;

const parts = new Map<Part, Promise<RealImages>>();

export interface RealImages {
  readonly images: LabelledImages;
  /** Names of the classes. */
  readonly classes: readonly string[];
}

/** A part of Fashion-MNIST, which `make setup` put in one of its places; read once in a test file. */
export function loadReal(part: Part): Promise<RealImages> {
  const loaded = parts.get(part) ?? load(part);
  parts.set(part, loaded);
  return loaded;
}

async function load(part: Part): Promise<RealImages> {
  const dataset = await context.datasets('fashion-mnist', {});
  return { images: await dataset.load(part), classes: dataset.classes };
}
