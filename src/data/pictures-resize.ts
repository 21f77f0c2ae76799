/** One channel of a picture: levels 0 to 255, row-major. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  /** float32 [height * width] */
  readonly values: Float32Array;
}

/**
 * A picture in the middle of a black box of the target's proportions, as pixels of the target's size: each is the mean of
 * the area of the box that it covers, parts of pixels weighed by their size. Serves for enlarging too; a picture of that
 * size is left as it is.
 *
 * @returns uint8 [target.height * target.width], rounded
 */
export function areaAverage(
  { width, height, values }: Plane,
  target: { readonly width: number; readonly height: number },
): Uint8Array {
  const boxWidth = Math.max(width, (height * target.width) / target.height);
  const boxHeight = Math.max(height, (width * target.height) / target.width);
  const columns = overlaps(width, boxWidth, target.width);
  const rows = overlaps(height, boxHeight, target.height);
  const area = (boxWidth / target.width) * (boxHeight / target.height);
  const result = new Uint8Array(target.width * target.height);
  for (const [y, row] of rows.entries()) {
    for (const [x, column] of columns.entries()) {
      let sum = 0;
      for (const [i, weight] of row.weights.entries()) {
        const start = (row.first + i) * width + column.first;
        let line = 0;
        for (let j = 0; j < column.weights.length; j += 1) line += (values[start + j] ?? 0) * (column.weights[j] ?? 0);
        sum += weight * line;
      }
      result[y * target.width + x] = Math.round(sum / area);
    }
  }
  return result;
}

/** How much of each source pixel lies within a cell: `weights[i]` of pixel `first + i`. */
interface Overlap {
  readonly first: number;
  readonly weights: readonly number[];
}

/** Along one axis: `length` source pixels in the middle of `box`, which is cut into `cells`. */
function overlaps(length: number, box: number, cells: number): readonly Overlap[] {
  const margin = (box - length) / 2;
  return Array.from({ length: cells }, (_, cell) => {
    const from = (cell * box) / cells - margin;
    const to = ((cell + 1) * box) / cells - margin;
    const first = Math.max(0, Math.floor(from));
    const end = Math.min(length, Math.ceil(to));
    const weights = Array.from(
      { length: Math.max(0, end - first) },
      (__, i) => Math.min(to, first + i + 1) - Math.max(from, first + i),
    );
    return { first, weights };
  });
}
