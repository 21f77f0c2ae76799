/** Pixels of a sheet for one unit of its layout: fine enough for screens with twice the usual density. */
export const sheetRatio = 2;

/** Units as pixels. */
export function px(units: number): number {
  return sheetRatio * units;
}
