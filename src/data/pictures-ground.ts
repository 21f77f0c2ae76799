import { planesOf, type Rgba } from './pictures-planes.ts';

/** Below a third of white, a mean level is that of black ground, with noise or things that reach into it. */
const darkLevel = 85;
/** An edge with less is not the ground that a thing stands on. */
const leastOpacity = 0.05;

/**
 * Whether a picture stands on a light ground, seen from its edge; where the edge is transparent, whether the picture itself
 * is dark. A model that knows light things on black is to be given its negative.
 */
export function hasLightGround(picture: Rgba): boolean {
  const { width, height } = picture;
  const [values, inverse] = [false, true].map((inverted) => planesOf(picture, 1, inverted)[0]?.values ?? []);
  // Grey and its inverse add up to the opacity.
  const sums = { edge: { light: 0, dark: 0, count: 0 }, all: { light: 0, dark: 0 } };
  values?.forEach((light, at) => {
    const dark = inverse?.[at] ?? 0;
    const [x, y] = [at % width, Math.floor(at / width)];
    sums.all.light += light;
    sums.all.dark += dark;
    if (x > 0 && y > 0 && x < width - 1 && y < height - 1) return;
    sums.edge.light += light;
    sums.edge.dark += dark;
    sums.edge.count += 255;
  });
  const { edge, all } = sums;
  const opaque = edge.light + edge.dark > leastOpacity * edge.count;
  return opaque ? edge.light > edge.dark : all.dark > all.light;
}

/**
 * Whether images show light things on black, from what a run records of them: the mean level of each channel. What is dark
 * on the whole has a dark ground. For `predict` and for the exported page, so that both judge a picture alike.
 *
 * @param mean 0 black to 1 white
 */
export function areDark(mean: readonly number[]): boolean {
  return mean.length > 0 && mean.reduce((sum, level) => sum + level, 0) / mean.length < darkLevel / 255;
}
