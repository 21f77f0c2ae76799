import { prepareRgba } from '../../data/own/prepare-rgba.ts';
import { hasLightGround } from '../../data/pictures-ground.ts';
import { imageOfPlanes, planesOf, type Rgba } from '../../data/pictures-planes.ts';
import type { PageModel } from '../page-model.ts';
import { byId, contextOf } from './dom.ts';

/** Larger pictures are reduced by the browser first. */
const largestSide = 1024;

/**
 * Pictures from files, drops and the clipboard. `given` is called with the model's input, and again when it is inverted;
 * `arrived` before that, when a new picture is on its way.
 */
export function setUpPicture(
  { shape, lightOnBlack, preparation }: Pick<PageModel, 'shape' | 'lightOnBlack' | 'preparation'>,
  arrived: () => void,
  given: (pixels: Uint8Array, name: string) => void,
): void {
  const file = byId('file', HTMLInputElement);
  const invert = byId('invert', HTMLInputElement);
  const status = byId('picture-status', HTMLElement);
  const result = byId('picture-result', HTMLElement);
  const canvas = byId('picture', HTMLCanvasElement);
  let name = '';

  // What is transparent is ground, as for `predict`, inverted or not.
  const imageOf = (pixels: Rgba) =>
    preparation
      ? prepareRgba(pixels, shape, preparation, invert.checked)
      : imageOfPlanes(planesOf(pixels, shape.channels, invert.checked), shape);
  const hand = () => given(imageOf(pixelsOf(canvas)), name);
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
    invert.checked = lightOnBlack && hasLightGround(pixelsOf(canvas));
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

function pixelsOf(canvas: HTMLCanvasElement): Rgba {
  return contextOf(canvas).getImageData(0, 0, canvas.width, canvas.height);
}
