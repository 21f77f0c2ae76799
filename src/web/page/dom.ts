import type { ImageShape } from '../../../graphs/models/model.ts';

/** The element with this id. Throws where the page has none, or one of another kind. */
export function byId<E extends Element>(id: string, kind: abstract new () => E): E {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`internal: #${id} is ${found?.tagName ?? 'missing'}, expected ${kind.name}`);
}

/** A new element with some text. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  text = '',
  attributes: Readonly<Record<string, string>> = {},
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** A canvas's context for pixels that are read or written one by one. */
export function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context) return context;
  throw new Error('this browser draws no 2D canvas');
}

/** Puts an image, uint8 [channels * height * width], on a canvas of its own size: one channel is grey, three are colours. */
export function drawPixels(
  canvas: HTMLCanvasElement,
  pixels: Uint8Array,
  { channels, height, width }: ImageShape,
): void {
  canvas.width = width;
  canvas.height = height;
  const context = contextOf(canvas);
  const image = context.createImageData(width, height);
  const area = width * height;
  const [green, blue] = channels === 1 ? [0, 0] : [area, 2 * area];
  for (let at = 0; at < area; at += 1)
    image.data.set([pixels[at] ?? 0, pixels[green + at] ?? 0, pixels[blue + at] ?? 0, 255], 4 * at);
  context.putImageData(image, 0, 0);
}

/**
 * Buttons of which one is pressed, a single stop of the Tab key: arrow keys, Home and End move between them. Up and Down
 * follow the rows that the style sheet makes.
 */
export function oneOf(buttons: readonly HTMLButtonElement[], choose: (index: number) => void): (index: number) => void {
  const press = (index: number) => {
    buttons.forEach((button, i) => {
      button.setAttribute('aria-pressed', String(i === index));
      button.tabIndex = i === index ? 0 : -1;
    });
  };
  buttons.forEach((button, index) => {
    button.addEventListener('click', () => choose(index));
    button.addEventListener('keydown', (event) => {
      const target = buttons[targetOf(event.key, index, buttons)];
      if (!target || target === button) return;
      event.preventDefault();
      target.focus();
      target.click();
    });
  });
  return press;
}

function targetOf(key: string, from: number, buttons: readonly HTMLButtonElement[]): number {
  const top = buttons[0]?.offsetTop;
  const found = buttons.findIndex((button) => button.offsetTop !== top);
  const columns = found < 0 ? buttons.length : found;
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -columns,
    ArrowDown: columns,
    Home: -from,
    End: buttons.length - 1 - from,
  };
  return from + (steps[key] ?? 0);
}
