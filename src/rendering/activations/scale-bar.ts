import { mapLevels, mapStart } from './color-map.ts';
import { writeText } from './labels.ts';
import type { Indices } from './sheet-png.ts';
import { px } from './unit.ts';

export interface ScaleBar {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

const thickness = px(12);
const style = { size: 12 } as const;
const firstLine = thickness + px(4);
const secondLine = firstLine + px(17);

/** Of the bar with its two lines of text. */
export const scaleBarHeight = secondLine + px(17);

/** Draws the colours from lowest to highest. */
export function drawScaleBar({ width: stride, indices }: Indices, { x, y, width }: ScaleBar): void {
  for (let column = 0; column < width; column += 1) {
    const index = mapStart + Math.floor((column * mapLevels) / width);
    for (let row = 0; row < thickness; row += 1) indices[(y + row) * stride + x + column] = index;
  }
}

/** Writes what the two ends of the bar stand for, and of what. */
export function writeRange(picture: Indices, bar: ScaleBar, low: string, high: string, of: string): void {
  const { x, y, width } = bar;
  writeText(picture, low, x, y + firstLine, style);
  writeText(picture, high, x + width, y + firstLine, { ...style, align: 'right' });
  writeText(picture, of, x + Math.round(width / 2), y + secondLine, { ...style, align: 'center' });
}
