import { checkRaster, fitted, type Raster } from '../raster.ts';
import { paper } from './color-map.ts';
import { writeText } from './labels.ts';
import { drawScaleBar, scaleBarHeight, writeRange } from './scale-bar.ts';
import type { IndexedPicture } from './sheet-png.ts';
import { stampImage } from './stamp.ts';
import { px } from './unit.ts';

const margin = px(14);
const gap = px(6);
/** A map is enlarged by the largest whole number that keeps it within so many pixels. */
const cellSize = px(80);
/** Of the input image and of the scale bar below it. */
const panelWidth = px(140);
const text = {
  title: { size: 15, weight: 'bold' },
  line: { size: 12 },
  channel: { size: 10, align: 'center' },
} as const;
const lineHeight = px(18);
const top = margin + 2 * lineHeight + px(8);
const channelHeight = px(14);
/** Below the input image. */
export const inputScaleBar = { x: margin, y: top + channelHeight + panelWidth + px(26), width: panelWidth };

/** Where the maps of a sheet lie, in pixels. */
export interface SheetLayout {
  readonly scale: number;
  readonly width: number;
  readonly height: number;
  /** The top left corner of a map. */
  readonly at: (position: number) => readonly [x: number, y: number];
}

/** A grid for so many maps: the eights that channels come in fill its rows. */
export function layOut(count: number, height: number, width: number): SheetLayout {
  const scale = Math.max(1, Math.floor(cellSize / Math.max(height, width)));
  const columns = count <= 4 ? count : count <= 64 ? Math.min(8, count) : 16;
  const rows = Math.ceil(count / columns);
  const [stepX, stepY] = [width * scale + gap, height * scale + channelHeight + gap];
  const left = margin + panelWidth + 2 * margin;
  return {
    scale,
    width: left + columns * stepX - gap + margin,
    height: top + Math.max(rows * stepY - gap, inputScaleBar.y + scaleBarHeight - top) + margin,
    at: (position) => [
      left + (position % columns) * stepX,
      top + channelHeight + Math.floor(position / columns) * stepY,
    ],
  };
}

export interface BlankSheet {
  readonly name: string;
  readonly shape: readonly [channels: number, height: number, width: number];
  /** Those on the sheet. */
  readonly channels: readonly number[];
  /** Whether each map has a range of its own. */
  readonly alone: boolean;
}

/** Everything that is the same for all images: headings, channel numbers, the scale bar. */
export function drawBlank({ name, shape, channels, alone }: BlankSheet, layout: SheetLayout): IndexedPicture {
  const { width, height, scale } = layout;
  const [count, mapHeight, mapWidth] = shape;
  const picture: IndexedPicture = { width, height, indices: Buffer.alloc(width * height, paper), overlays: [] };
  const shown = channels.length === count ? `${count} channels` : `${channels.length} of ${count} channels`;
  const heading = { ...text.title, maxWidth: width - 2 * margin };
  writeText(picture, `${name}: ${shown}, ${mapHeight} × ${mapWidth}`, margin, margin, heading);
  writeText(picture, 'input', margin + panelWidth / 2, top, text.channel);
  for (const [position, channel] of channels.entries()) {
    const [x, y] = layout.at(position);
    writeText(picture, String(channel), x + Math.round((mapWidth * scale) / 2), y - channelHeight, text.channel);
  }
  drawScaleBar(picture, inputScaleBar);
  if (alone) writeRange(picture, inputScaleBar, 'lowest', 'highest', 'of each map');
  return picture;
}

/**
 * Adds the input image, reduced where it is larger than its place, and the line about it.
 *
 * @throws AtelierError where the image has not the pixels it says
 */
export function drawInput(sheet: IndexedPicture, title: string, image: Raster): void {
  checkRaster(image, 'the input image');
  const shown = fitted(image, panelWidth);
  const scale = Math.floor(panelWidth / Math.max(shown.width, shown.height));
  writeText(sheet, title, margin, margin + lineHeight + px(2), { ...text.line, maxWidth: sheet.width - 2 * margin });
  stampImage(sheet, margin, top + channelHeight, scale, shown);
}
