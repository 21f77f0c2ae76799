/** Grey levels 0 to 255, row-major. */
export interface GreyLevels {
  readonly width: number;
  readonly height: number;
  /** float32 [height * width] */
  readonly values: Float32Array;
}

/**
 * A picture in the middle of a black square, as side x side pixels: each is the mean of the area of the square that it
 * covers, parts of pixels weighed by their size. Serves for enlarging too; a picture of that size is left as it is.
 *
 * @returns uint8 [side * side], rounded
 */
export function areaAverage({ width, height, values }: GreyLevels, side: number): Uint8Array {
  const square = Math.max(width, height);
  const columns = overlaps(width, square, side);
  const rows = overlaps(height, square, side);
  const area = (square / side) ** 2;
  const result = new Uint8Array(side * side);
  for (const [y, row] of rows.entries()) {
    for (const [x, column] of columns.entries()) {
      let sum = 0;
      for (const [i, weight] of row.weights.entries()) {
        const start = (row.first + i) * width + column.first;
        let line = 0;
        for (let j = 0; j < column.weights.length; j += 1) line += (values[start + j] ?? 0) * (column.weights[j] ?? 0);
        sum += weight * line;
      }
      result[y * side + x] = Math.round(sum / area);
    }
  }
  return result;
}

/** How much of each source pixel lies within a cell: `weights[i]` of pixel `first + i`. */
interface Overlap {
  readonly first: number;
  readonly weights: readonly number[];
}

/** Along one axis: `length` source pixels in the middle of `square`, which is cut into `cells`. */
function overlaps(length: number, square: number, cells: number): readonly Overlap[] {
  const margin = (square - length) / 2;
  return Array.from({ length: cells }, (_, cell) => {
    const from = (cell * square) / cells - margin;
    const to = ((cell + 1) * square) / cells - margin;
    const first = Math.max(0, Math.floor(from));
    const end = Math.min(length, Math.ceil(to));
    const weights = Array.from(
      { length: Math.max(0, end - first) },
      (__, i) => Math.min(to, first + i + 1) - Math.max(from, first + i),
    );
    return { first, weights };
  });
}
