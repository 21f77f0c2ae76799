import type { PageModel } from '../page-model.ts';
import { byId, drawGrey, make, oneOf } from './dom.ts';

export interface Sample {
  readonly index: number;
  readonly pixels: Uint8Array;
  /** The name of its class. */
  readonly truth: string;
}

/** The gallery of test images. Returns what chooses one, -1 for none. */
export function setUpSamples(
  { side, sampleLabels, classes, dataset }: PageModel,
  pixels: Uint8Array,
  choose: (sample: Sample) => void,
): (index: number) => void {
  const samples = sampleLabels.map(
    (label, index): Sample => ({
      index,
      pixels: pixels.slice(index * side * side, (index + 1) * side * side),
      truth: classes[label] ?? `class ${label}`,
    }),
  );
  const buttons = samples.map(({ index, pixels: own, truth }) => {
    const canvas = make('canvas', '', { class: 'pixels', 'aria-hidden': 'true' });
    drawGrey(canvas, own, side);
    const name = `Test image ${index}: ${truth}`;
    const button = make('button', '', { type: 'button', title: name, 'aria-label': name });
    button.append(canvas);
    return button;
  });
  byId('samples-hint', HTMLElement).textContent =
    `The first ${samples.length} test images of ${dataset}, which the model has never been trained on.`;
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
