/** Height and width of every image, in pixels: the models are built for it. */
export const imageSide = 28;
export const imagePixels = imageSide * imageSide;

/** Images with their classes, as the files hold them. */
export interface LabelledImages {
  /** uint8 [count * 28 * 28], row-major, 0 black to 255 white. */
  readonly images: Uint8Array;
  /** uint8 [count], class numbers. */
  readonly labels: Uint8Array;
  readonly count: number;
}
