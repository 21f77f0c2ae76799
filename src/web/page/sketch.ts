import { imageOfPlanes, planesOf } from '../../data/pictures-planes.ts';
import type { PageModel } from '../page-model.ts';
import { byId, contextOf, drawPixels } from './dom.ts';

interface Point {
  readonly x: number;
  readonly y: number;
}

const undoSteps = 30;
/** Pixels that an arrow key moves the brush by. */
const keyStep = 8;

export interface Sketch {
  /** What is drawn, as the model's input. */
  pixels(): Uint8Array;
  /** Replaces the drawing. */
  take(pixels: Uint8Array): void;
}

/**
 * The drawing area, for shades of grey; what it starts from may have colours. `changed` is called after each movement of
 * the brush.
 */
export function setUpSketch(
  { shape, preparation }: Pick<PageModel, 'shape' | 'preparation'>,
  changed: () => void,
): Sketch {
  const canvas = byId('sketch', HTMLCanvasElement);
  // A whole number of its pixels for each of the image's, so that an image to start from stays as it is.
  const scale = Math.max(1, Math.round(canvas.width / Math.max(shape.width, shape.height)));
  canvas.width = scale * shape.width;
  canvas.height = scale * shape.height;
  const context = contextOf(canvas);
  const brush = byId('brush', HTMLInputElement);
  const shade = byId('shade', HTMLInputElement);
  const { width, height } = canvas;
  const history: ImageData[] = [];
  /** Where the brush was last, while it is down. */
  let last: Point | undefined;
  let cursor: Point = { x: width / 2, y: height / 2 };

  const blank = () => {
    context.fillStyle = preparation?.background ?? '#000';
    context.fillRect(0, 0, width, height);
  };
  const remember = () => {
    history.push(context.getImageData(0, 0, width, height));
    if (history.length > undoSteps) history.shift();
  };
  const lineTo = (point: Point) => {
    const from = last ?? point;
    const grey = shade.value;
    context.strokeStyle = `rgb(${grey} ${grey} ${grey})`;
    context.lineWidth = Number(brush.value);
    context.lineCap = 'round';
    context.lineJoin = 'round';
    context.beginPath();
    context.moveTo(from.x, from.y);
    // A line of no length has no caps in some browsers.
    context.lineTo(point.x + (point.x === from.x && point.y === from.y ? 0.01 : 0), point.y);
    context.stroke();
    last = point;
    cursor = point;
    changed();
  };
  const pointOf = ({ clientX, clientY }: PointerEvent): Point => {
    const box = canvas.getBoundingClientRect();
    return { x: ((clientX - box.left) * width) / box.width, y: ((clientY - box.top) * height) / box.height };
  };

  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    remember();
    last = undefined;
    lineTo(pointOf(event));
  });
  canvas.addEventListener('pointermove', (event) => {
    if (!canvas.hasPointerCapture(event.pointerId)) return;
    // Fast strokes come as few events with many points; Safari tells them from 18.2 on.
    const points = 'getCoalescedEvents' in event ? event.getCoalescedEvents() : [];
    for (const point of points.length > 0 ? points : [event]) lineTo(pointOf(point));
  });
  for (const end of ['pointerup', 'pointercancel', 'blur']) {
    canvas.addEventListener(end, () => {
      last = undefined;
      canvas.setAttribute('aria-label', 'Drawing area');
    });
  }
  canvas.addEventListener('keydown', (event) => {
    const moves: Readonly<Record<string, Point>> = {
      ArrowLeft: { x: -keyStep, y: 0 },
      ArrowRight: { x: keyStep, y: 0 },
      ArrowUp: { x: 0, y: -keyStep },
      ArrowDown: { x: 0, y: keyStep },
    };
    const move = moves[event.key];
    if (event.key === ' ' && last === undefined) {
      remember();
      lineTo(cursor);
      canvas.setAttribute('aria-label', 'Drawing area, brush down');
    } else if (event.key === ' ') {
      last = undefined;
      canvas.setAttribute('aria-label', 'Drawing area, brush lifted');
    } else if (move) {
      const within = (value: number, end: number) => Math.min(end, Math.max(0, value));
      const next = { x: within(cursor.x + move.x, width), y: within(cursor.y + move.y, height) };
      if (last === undefined) cursor = next;
      else lineTo(next);
    } else return;
    event.preventDefault();
  });
  byId('undo', HTMLButtonElement).addEventListener('click', () => {
    const before = history.pop();
    if (!before) return;
    context.putImageData(before, 0, 0);
    changed();
  });
  byId('clear', HTMLButtonElement).addEventListener('click', () => {
    remember();
    blank();
    changed();
  });
  blank();

  return {
    pixels: () => imageOfPlanes(planesOf(context.getImageData(0, 0, width, height), shape.channels, false), shape),
    take: (pixels) => {
      remember();
      const small = document.createElement('canvas');
      drawPixels(small, pixels, shape);
      context.imageSmoothingEnabled = false;
      context.drawImage(small, 0, 0, width, height);
      changed();
    },
  };
}
