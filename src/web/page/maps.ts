import type { PageLayer, PageModel } from '../page-model.ts';
import type { Outcome } from './classifier.ts';
import { byId, contextOf, make, oneOf } from './dom.ts';
import { nameOf } from './layers.ts';

interface Range {
  readonly low: number;
  readonly high: number;
}

/** Colours as bytes: red, green, blue of each. */
type Colors = Uint8Array;

const number = (value: number) => String(Number(value.toPrecision(3))).replace('-', '\u2212');

/** The activation maps of a layer: one canvas per channel, and the chosen channel large. Returns what shows an outcome. */
export function setUpMaps({ colors: hex }: PageModel): (outcome: Outcome) => void {
  const grid = byId('maps', HTMLElement);
  const large = byId('chosen', HTMLCanvasElement);
  const text = byId('chosen-text', HTMLElement);
  const scaling = byId('scaling', HTMLFieldSetElement);
  const [low, high] = [byId('low', HTMLElement), byId('high', HTMLElement)];
  const colors = Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  drawRamp(byId('ramp', HTMLCanvasElement), colors);

  let shown: Outcome | undefined;
  let canvases: readonly HTMLCanvasElement[] = [];
  let channel = 0;
  let press: (index: number) => void = () => undefined;

  const lay = (layer: PageLayer) => {
    const [count, height, width] = layer.shape;
    canvases = Array.from({ length: count }, () =>
      Object.assign(make('canvas', '', { class: 'pixels', 'aria-hidden': 'true' }), { width, height }),
    );
    const buttons = canvases.map((canvas, i) => {
      const button = make('button', '', { type: 'button', 'aria-label': `Channel ${i} of ${nameOf(layer)}` });
      button.append(canvas, make('span', String(i)));
      return button;
    });
    grid.replaceChildren(...buttons);
    grid.style.setProperty('--cell', height * width === 1 ? '2.75rem' : count > 64 ? '3.75rem' : '4.5rem');
    press = oneOf(buttons, (index) => {
      channel = index;
      show();
    });
    channel = 0;
  };
  const show = () => {
    if (!shown) return;
    const { layer, activations } = shown;
    const [count, height, width] = layer.shape;
    const area = height * width;
    // The values of a vector have no range of their own each.
    scaling.disabled = area === 1;
    const each = area > 1 && scaling.querySelector<HTMLInputElement>('[value=map]')?.checked === true;
    const whole = rangeOf(activations);
    const valuesOf = (index: number) => activations.subarray(index * area, (index + 1) * area);
    for (let i = 0; i < count; i += 1) {
      const [canvas, values] = [canvases[i], valuesOf(i)];
      if (canvas) drawMap(canvas, values, each ? rangeOf(values) : whole, colors);
    }
    press(channel);
    const values = valuesOf(channel);
    const own = rangeOf(values);
    large.classList.toggle('value', area === 1);
    large.width = width;
    large.height = height;
    drawMap(large, values, each ? own : whole, colors);
    large.setAttribute('aria-label', `Channel ${channel} of ${nameOf(layer)} for this image`);
    const range = own.low === own.high ? number(own.low) : `${number(own.low)} to ${number(own.high)}`;
    text.textContent = `${nameOf(layer)}, channel ${channel}: ${range}`;
    low.textContent = each ? 'lowest' : number(whole.low);
    high.textContent = each ? 'highest of each map' : number(whole.high);
  };

  scaling.addEventListener('change', show);
  return (outcome) => {
    if (outcome.layer !== shown?.layer) lay(outcome.layer);
    shown = outcome;
    show();
  };
}

function rangeOf(values: Float32Array): Range {
  return values.reduce(({ low, high }, value) => ({ low: Math.min(low, value), high: Math.max(high, value) }), {
    low: Number.POSITIVE_INFINITY,
    high: Number.NEGATIVE_INFINITY,
  });
}

/** One level per colour, each as wide as the others; a map of one value takes the first (as src/rendering/activations). */
function drawMap(canvas: HTMLCanvasElement, values: Float32Array, { low, high }: Range, colors: Colors): void {
  const context = contextOf(canvas);
  const image = context.createImageData(canvas.width, canvas.height);
  const levels = colors.length / 3;
  const factor = high > low ? levels / (high - low) : 0;
  values.forEach((value, at) => {
    const level = 3 * Math.min(levels - 1, Math.trunc((value - low) * factor));
    image.data.set([colors[level] ?? 0, colors[level + 1] ?? 0, colors[level + 2] ?? 0, 255], 4 * at);
  });
  context.putImageData(image, 0, 0);
}

function drawRamp(canvas: HTMLCanvasElement, colors: Colors): void {
  canvas.width = colors.length / 3;
  drawMap(
    canvas,
    Float32Array.from({ length: canvas.width }, (_, i) => i),
    { low: 0, high: canvas.width },
    colors,
  );
}
