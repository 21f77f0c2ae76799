import { AtelierError } from '../../errors.ts';
import { checkRasters, type Raster } from '../raster.ts';
import { lightTheme } from '../theme.ts';
import { paper, sheetPalette } from './color-map.ts';
import { writeText } from './labels.ts';
import { formatValue, rangeOf } from './range.ts';
import { drawScaleBar, scaleBarHeight, writeRange } from './scale-bar.ts';
import type { MapScaling } from './sheet.ts';
import { encodeSheet, type IndexedPicture } from './sheet-png.ts';
import { stampImage, stampMap } from './stamp.ts';
import { px } from './unit.ts';

export interface ChannelSheetOptions {
  /** The tap, 'conv1'. */
  readonly layer: string;
  readonly channel: number;
  /** Of one map. */
  readonly shape: readonly [height: number, width: number];
  /** 'layer': colours span the values of all maps on the sheet. */
  readonly scaling: MapScaling;
  /** Default 6. */
  readonly columns?: number;
}

/** What a channel makes of one image. */
export interface ChannelResponse {
  /** About the image: '17 Coat'. */
  readonly title: string;
  readonly image: Raster;
  /** float32 [height * width] */
  readonly map: Float32Array;
}

const margin = px(14);
const cellSize = px(80);
/** Between an image and its map; between such pairs. */
const gaps = { inner: px(3), x: px(18), y: px(10) } as const;
const headerHeight = px(32);
const captionHeight = px(18);
const barWidth = px(180);
const leastWidth = px(360);

/**
 * One channel over many images: each image beside its map.
 *
 * @returns a PNG
 * @throws AtelierError where there is no image, sizes differ or a value is not finite
 */
export async function renderChannelSheet(
  responses: readonly ChannelResponse[],
  { layer, channel, shape, scaling, columns = 6 }: ChannelSheetOptions,
): Promise<Buffer> {
  const [height, width] = shape;
  const what = `channel ${channel} of ${layer}`;
  const first = checkRasters(
    responses.map(({ image }) => image),
    `the sheet of ${what}`,
  );
  const ranges = responses.map(({ title, map }) => {
    if (map.length === height * width) return rangeOf(map, 0, map.length, `${what} for '${title}'`);
    throw new AtelierError(
      `internal: ${map.length} activations in ${what} for '${title}', expected ${shape.join(' x ')}`,
    );
  });
  const together = {
    low: Math.min(...ranges.map(({ low }) => low)),
    high: Math.max(...ranges.map(({ high }) => high)),
  };

  const imageScale = scaleOf(first.width, first.height);
  const mapScale = scaleOf(width, height);
  const mapLeft = first.width * imageScale + gaps.inner;
  const pairWidth = mapLeft + width * mapScale;
  const pairHeight = Math.max(first.height * imageScale, height * mapScale);
  const across = Math.min(columns, responses.length);
  const [stepX, stepY] = [pairWidth + gaps.x, pairHeight + captionHeight + gaps.y];
  const barTop = margin + headerHeight + Math.ceil(responses.length / across) * stepY + px(4);
  const sheetWidth = Math.max(leastWidth, 2 * margin + across * stepX - gaps.x);
  const sheetHeight = barTop + scaleBarHeight + margin;
  const sheet: IndexedPicture = {
    width: sheetWidth,
    height: sheetHeight,
    indices: Buffer.alloc(sheetWidth * sheetHeight, paper),
    overlays: [],
  };

  const count = responses.length === 1 ? 'one image' : `${responses.length} images`;
  const heading = { size: 15, weight: 'bold', maxWidth: sheetWidth - 2 * margin } as const;
  writeText(sheet, `${layer}, channel ${channel}: ${count}`, margin, margin, heading);
  for (const [position, { title, image, map }] of responses.entries()) {
    const x = margin + (position % across) * stepX;
    const y = margin + headerHeight + Math.floor(position / across) * stepY;
    const centred = (side: number): number => y + Math.floor((pairHeight - side) / 2);
    // A convolution without padding loses the same on every side: centred, map and image stay level.
    stampImage(sheet, x, centred(first.height * imageScale), imageScale, image);
    const range = scaling === 'layer' ? together : (ranges[position] ?? together);
    stampMap(sheet, x + mapLeft, centred(height * mapScale), mapScale, {
      values: map,
      offset: 0,
      height,
      width,
      ...range,
    });
    writeText(sheet, title, x, y + pairHeight + px(3), { size: 11, maxWidth: pairWidth });
  }
  const bar = { x: margin, y: barTop, width: barWidth };
  drawScaleBar(sheet, bar);
  if (scaling === 'map') writeRange(sheet, bar, 'lowest', 'highest', 'of each map');
  else writeRange(sheet, bar, formatValue(together.low), formatValue(together.high), 'of all maps');
  return encodeSheet(sheet, sheetPalette(lightTheme));
}

/** The largest whole number that keeps a map within a cell. */
function scaleOf(width: number, height: number): number {
  return Math.max(1, Math.round(cellSize / Math.max(width, height)));
}
