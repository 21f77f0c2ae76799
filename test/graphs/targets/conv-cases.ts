/** Convolutions whose results and gradients the targets must compute, and which gradients are computed in which blocks. */
import type { BlockSize } from '../../../graphs/targets/cpu-nchwc/layout.ts';
import type { ConvGeometry } from './reference.ts';

type Four = readonly [number, number, number, number];
type Two = readonly [number, number];

export interface ConvCase {
  readonly name: string;
  readonly geometry: ConvGeometry;
  /** Whether the gradient of the data is asked for: nobody wants that of the images. */
  readonly data: boolean;
  /** The block sizes in which each gradient is computed in blocks; in others it is portable. */
  readonly blocks: Blocks;
}

interface Blocks {
  readonly data: readonly BlockSize[];
  readonly weight: readonly BlockSize[];
}

export function convGeometry(
  [images, inputs, height, width]: Four,
  outputs: number,
  kernel: Two,
  padding: Two,
): ConvGeometry {
  return { images, inputs, outputs, height, width, kernel, padding };
}

function of(
  name: string,
  x: Four,
  outputs: number,
  kernel: Two,
  padding: Two,
  blocks: Blocks = none,
  data = true,
): ConvCase {
  return { name, geometry: convGeometry(x, outputs, kernel, padding), data, blocks };
}

const [k1, k3]: readonly [Two, Two] = [
  [1, 1],
  [3, 3],
];
const [bare, padded]: readonly [Two, Two] = [
  [0, 0],
  [1, 1],
];
const none: Blocks = { data: [], weight: [] };
const both: Blocks = { data: [8, 16], weight: [8, 16] };
const onlyData: Blocks = { ...both, weight: [] };
const onlyWeight: Blocks = { ...both, data: [] };
const of8: Blocks = { data: [8], weight: [8] };

/** Few channels, and others that fill no blocks. */
const unblocked: readonly ConvCase[] = [
  of('one channel', [3, 1, 9, 8], 5, k3, bare),
  of('one channel, padded', [3, 1, 7, 7], 5, k3, padded),
  of('channels', [4, 6, 8, 9], 5, k3, bare),
  of('channels, padded', [4, 17, 7, 7], 16, k3, padded),
  of('one image, one output', [1, 2, 5, 5], 1, k3, padded),
  of('a kernel as large as the image', [2, 3, 4, 4], 2, [4, 4], bare),
  of('kernels of one element', [2, 3, 4, 5], 4, k1, bare),
  of('another height than width', [2, 2, 6, 5], 3, [5, 2], [2, 0]),
  of('more padding than the kernel reaches over', [2, 2, 3, 4], 2, [1, 2], [1, 2]),
  of('blocks, but outputs that fill none', [16, 16, 4, 4], 12, k3, padded),
];

/** One thing is missing to each of these. */
const partlyBlocked: readonly ConvCase[] = [
  of('blocks, but images that fill none', [12, 16, 5, 5], 16, k3, padded, onlyData),
  of('blocks, but a hundred images, no padding', [100, 16, 5, 4], 32, k3, bare, onlyData),
  of('blocks, but images that fill one of 8 only', [8, 16, 5, 5], 16, k3, padded, { data: [8, 16], weight: [8] }),
  of('blocks, but the data gradient of one channel', [16, 1, 5, 5], 16, k3, bare, onlyWeight),
  of('blocks, but the data gradient of three channels', [16, 3, 5, 5], 16, k3, bare, onlyWeight),
  of('blocks, but more padding than the kernel reaches over', [16, 16, 3, 4], 16, [1, 2], [1, 2], onlyWeight),
];

const blocked: readonly ConvCase[] = [
  of('blocks', [16, 16, 6, 7], 16, k3, bare, both),
  of('blocks, padded', [16, 16, 6, 7], 32, k3, padded, both),
  of('several blocks on both sides', [16, 32, 5, 4], 32, k3, padded, both),
  of('blocks of 8 only', [8, 8, 5, 6], 8, k3, padded, of8),
  of('three blocks of 8', [8, 24, 4, 4], 8, k3, bare, of8),
  of('images in two groups', [32, 16, 4, 4], 16, k3, padded, both),
  of('images in four groups', [64, 16, 4, 4], 16, k3, padded, both),
  of('three blocks of images, in no groups', [48, 16, 4, 4], 16, k3, padded, both),
  of('blocks, one channel', [16, 1, 8, 7], 16, k3, bare, both, false),
  of('blocks, one channel, padded', [32, 1, 7, 8], 32, k3, padded, both, false),
  of('blocks, one channel, images that fill none', [12, 1, 6, 5], 16, k3, bare, both, false),
  of('blocks of 8, one channel, one block of images', [8, 1, 6, 6], 8, k3, bare, of8, false),
  of('blocks, three channels', [16, 3, 6, 5], 16, k3, padded, both, false),
  of(
    'twelve channels: too many for blocks of 8, too few for one of 16',
    [16, 12, 4, 4],
    16,
    k3,
    padded,
    { data: [], weight: [16] },
    false,
  ),
  of('blocks, kernels of one element', [16, 16, 4, 5], 32, k1, bare, both),
  of('blocks, kernels of one element, padded', [16, 16, 4, 5], 16, k1, padded, both, false),
  of('blocks, another height than width', [16, 16, 6, 5], 16, [5, 2], [2, 0], both),
  of('blocks, another height than width, padded', [16, 16, 5, 6], 16, [5, 2], [2, 1], both),
  of('blocks, a kernel as large as the image', [16, 16, 4, 4], 16, [4, 4], bare, both),
  of('wide maps, in two strips of columns', [16, 16, 3, 36], 16, k3, padded, both),
  of('wide maps, in three strips and groups of images', [32, 16, 4, 50], 16, [3, 3], bare, both),
  of('wide maps of a prime number of columns, in one', [16, 16, 3, 37], 16, k3, padded, both),
  of('wide maps of few channels, in one', [16, 3, 3, 36], 16, k3, padded, both, false),
];

export const convCases: readonly ConvCase[] = [...unblocked, ...partlyBlocked, ...blocked];
