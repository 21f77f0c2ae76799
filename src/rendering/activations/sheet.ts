import { AtelierError, UsageError } from '../../errors.ts';
import type { Raster } from '../raster.ts';
import { lightTheme, type Theme } from '../theme.ts';
import { sheetPalette } from './color-map.ts';
import { formatValue, type Range, rangeOf } from './range.ts';
import { writeRange } from './scale-bar.ts';
import { drawBlank, drawInput, inputScaleBar, layOut } from './sheet-layout.ts';
import { encodeSheet, type IndexedPicture } from './sheet-png.ts';
import { stampMap } from './stamp.ts';

/** What colours span: the values of each map by itself, or of all maps of the layer (of that image). */
export type MapScaling = 'map' | 'layer';

/** What all sheets of a layer have in common. */
export interface SheetLayer {
  /** The tap, 'conv1'. */
  readonly name: string;
  /** Of one image's activations. A vector is [C, 1, 1]. */
  readonly shape: readonly [channels: number, height: number, width: number];
  /** The channels to draw, in this order. Default all. */
  readonly channels?: readonly number[];
  readonly scaling: MapScaling;
}

/** What one sheet shows. */
export interface SheetContent {
  /** About the image: 'test image 17: Coat, predicted Shirt'. */
  readonly title: string;
  /** The model's input before its normalisation. */
  readonly image: Raster;
  /** float32 [channels * height * width], all channels of the layer. */
  readonly maps: Float32Array;
  /** Of paper and text. Default light. */
  readonly theme?: Theme;
}

export type SheetRenderer = (content: SheetContent) => Promise<Buffer>;

/**
 * Prepares the sheets of a layer: input image, scale bar and all channels in a grid. What is the same on all of them is
 * drawn here, once; the renderer returned adds an image's pixels. It draws before it
 * returns, so that the maps may be overwritten by the next batch, and compresses in the thread pool, so several sheets can be
 * under way; `mapAhead` keeps their number in bounds.
 *
 * @returns a renderer that returns PNGs and throws an AtelierError where image or maps have the wrong size, or a value is not finite
 * @throws UsageError where `channels` is empty or names one that does not exist
 */
export function activationSheets(layer: SheetLayer): SheetRenderer {
  const channels = checkChannels(layer);
  const { name, scaling, shape } = layer;
  const [count, height, width] = shape;
  const layout = layOut(channels.length, height, width);
  // The values of a vector have no range of their own each.
  const alone = scaling === 'map' && height * width > 1;
  const blank = drawBlank({ name, shape, channels, alone }, layout);
  const area = height * width;
  // One for all sheets: it is drawn and handed to the compressor without a pause.
  const sheet: IndexedPicture = { ...blank, indices: Buffer.from(blank.indices), overlays: [] };
  return async ({ title, image, maps, theme = lightTheme }) => {
    if (maps.length !== count * area) {
      throw new AtelierError(`internal: ${maps.length} activations for ${name}, expected ${shape.join(' x ')}`);
    }
    blank.indices.copy(sheet.indices);
    sheet.overlays.length = 0;
    drawInput(sheet, title, image);
    const shared = alone ? undefined : rangeOfChannels(maps, channels, area, name);
    if (shared !== undefined)
      writeRange(sheet, inputScaleBar, formatValue(shared.low), formatValue(shared.high), 'of all maps');
    for (const [position, channel] of channels.entries()) {
      const offset = channel * area;
      const range = shared ?? rangeOf(maps, offset, offset + area, `${name}, channel ${channel}`);
      const [x, y] = layout.at(position);
      stampMap(sheet, x, y, layout.scale, { values: maps, offset, height, width, ...range });
    }
    return encodeSheet(sheet, sheetPalette(theme));
  };
}

function checkChannels({ name, shape, channels }: SheetLayer): readonly number[] {
  const [count, height, width] = shape;
  if (![count, height, width].every((size) => Number.isInteger(size) && size > 0)) {
    throw new AtelierError(`internal: layer ${name} has the shape ${shape.join(' x ')}, expected whole numbers from 1`);
  }
  const chosen = channels ?? Array.from({ length: count }, (_, channel) => channel);
  if (chosen.length === 0)
    throw new UsageError(`no channel of layer ${name} was chosen, expected at least one.`, { code: 'nothing-to-do' });
  const fault = chosen.find((channel) => !Number.isInteger(channel) || channel < 0 || channel >= count);
  if (fault === undefined) return chosen;
  throw new UsageError(`layer ${name} has no channel ${fault}: choose from 0 to ${count - 1}.`, {
    code: 'unknown-name',
  });
}

function rangeOfChannels(maps: Float32Array, channels: readonly number[], area: number, name: string): Range {
  const ranges = channels.map((channel) =>
    rangeOf(maps, channel * area, (channel + 1) * area, `${name}, channel ${channel}`),
  );
  return { low: Math.min(...ranges.map(({ low }) => low)), high: Math.max(...ranges.map(({ high }) => high)) };
}
