import type { PageModel } from '../page-model.ts';
import { byId, drawPixels, make, oneOf } from './dom.ts';

export interface Sample {
  readonly index: number;
  readonly pixels: Uint8Array;
  /** The name of its class. */
  readonly truth: string;
}

/** The gallery of images that the model was not trained on. Returns what chooses one, -1 for none. */
export function setUpSamples(
  { shape, sampleLabels, sampleSplit, classes, dataset }: PageModel,
  pixels: Uint8Array,
  choose: (sample: Sample) => void,
): (index: number) => void {
  const size = shape.channels * shape.height * shape.width;
  const samples = sampleLabels.map(
    (label, index): Sample => ({
      index,
      pixels: pixels.slice(index * size, (index + 1) * size),
      truth: classes[label] ?? `class ${label}`,
    }),
  );
  const buttons = samples.map(({ index, pixels: own, truth }) => {
    const canvas = make('canvas', '', { class: 'pixels', 'aria-hidden': 'true' });
    drawPixels(canvas, own, shape);
    const name = `${capital(sampleSplit)} image ${index}: ${truth}`;
    const button = make('button', '', { type: 'button', title: name, 'aria-label': name });
    button.append(canvas);
    return button;
  });
  byId('samples-hint', HTMLElement).textContent =
    `The first ${samples.length} ${sampleSplit} images of ${dataset}, which the model has never been trained on.`;
  byId('samples', HTMLElement).append(...buttons);
  const press = oneOf(buttons, (index) => show(index));
  const show = (index: number) => {
    press(index);
    const sample = samples[index];
    if (sample) choose(sample);
    else if (buttons[0]) buttons[0].tabIndex = 0;
  };
  return show;
}

/** The text with a capital letter in front. */
export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
