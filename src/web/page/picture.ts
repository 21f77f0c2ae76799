import { imageOfPlanes, planesOf } from '../../data/pictures-planes.ts';
import type { Plane } from '../../data/pictures-resize.ts';
import type { PageModel } from '../page-model.ts';
import { byId, contextOf } from './dom.ts';

/** Larger pictures are reduced by the browser first. */
const largestSide = 1024;
/** An edge with less is not the ground that a thing stands on. */
const leastOpacity = 0.05;

/**
 * Pictures from files, drops and the clipboard. `given` is called with the model's input, and again when it is inverted;
 * `arrived` before that, when a new picture is on its way.
 */
export function setUpPicture(
  { shape, lightOnBlack }: Pick<PageModel, 'shape' | 'lightOnBlack'>,
  arrived: () => void,
  given: (pixels: Uint8Array, name: string) => void,
): void {
  const file = byId('file', HTMLInputElement);
  const invert = byId('invert', HTMLInputElement);
  const status = byId('picture-status', HTMLElement);
  const result = byId('picture-result', HTMLElement);
  const canvas = byId('picture', HTMLCanvasElement);
  let name = '';

  const hand = () => given(imageOfPlanes(planesIn(canvas, shape.channels, invert.checked), shape), name);
  const take = async (source: File | null | undefined) => {
    if (!source) return;
    arrived();
    try {
      await draw(source, canvas);
    } catch {
      result.hidden = true;
      status.textContent = `'${source.name}' (${source.type || 'of unknown type'}) is no picture that this browser can read. Try PNG or JPEG.`;
      return;
    }
    name = source.name;
    invert.checked = lightOnBlack && wantsInversion(canvas);
    result.hidden = false;
    status.textContent = `${name}, ${canvas.width} × ${canvas.height}. It stays in this browser.`;
    hand();
  };

  file.addEventListener('change', async () => {
    await take(file.files?.[0]);
    // The same file may be chosen again.
    file.value = '';
  });
  invert.addEventListener('change', hand);
  addEventListener('paste', (event) => take(event.clipboardData?.files[0]));
  const holdsFile = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
  addEventListener('dragover', (event) => {
    if (!holdsFile(event)) return;
    event.preventDefault();
    document.body.classList.add('dropping');
  });
  addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) document.body.classList.remove('dropping');
  });
  addEventListener('drop', (event) => {
    document.body.classList.remove('dropping');
    if (!holdsFile(event)) return;
    event.preventDefault();
    take(event.dataTransfer?.files[0]);
  });
}

/** Decodes a file, turned as its camera says. Drawings without a size of their own (SVG) get one. */
async function draw(source: File, canvas: HTMLCanvasElement): Promise<void> {
  const url = URL.createObjectURL(source);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const width = image.naturalWidth || largestSide / 2;
    const height = image.naturalHeight || largestSide / 2;
    const scale = Math.min(1, largestSide / Math.max(width, height));
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    const context = contextOf(canvas);
    context.imageSmoothingQuality = 'high';
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** The channels of the picture as `atelier predict` has them; what is transparent is ground: black, inverted or not. */
function planesIn(canvas: HTMLCanvasElement, channels: number, inverted: boolean): readonly Plane[] {
  return planesOf(contextOf(canvas).getImageData(0, 0, canvas.width, canvas.height), channels, inverted);
}

/** True for a picture on a light ground, seen from its edge; where the edge is transparent, for a dark picture. */
function wantsInversion(canvas: HTMLCanvasElement): boolean {
  const { width, height } = canvas;
  const [values, inverse] = [false, true].map((inverted) => planesIn(canvas, 1, inverted)[0]?.values ?? []);
  // Grey and its inverse add up to the opacity.
  const sums = { edge: { light: 0, dark: 0, count: 0 }, all: { light: 0, dark: 0 } };
  values?.forEach((light, at) => {
    const dark = inverse?.[at] ?? 0;
    const [x, y] = [at % width, Math.floor(at / width)];
    sums.all.light += light;
    sums.all.dark += dark;
    if (x > 0 && y > 0 && x < width - 1 && y < height - 1) return;
    sums.edge.light += light;
    sums.edge.dark += dark;
    sums.edge.count += 255;
  });
  const { edge, all } = sums;
  const opaque = edge.light + edge.dark > leastOpacity * edge.count;
  return opaque ? edge.light > edge.dark : all.dark > all.light;
}
