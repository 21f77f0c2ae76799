import { constant, truncatedNormal } from '../nn/initializers.ts';
import {
  classToken,
  conv2d,
  gelu,
  imageToTokens,
  layerNorm,
  linear,
  multiheadAttention,
  positionEmbedding,
  residual,
  selectToken,
  sequential,
  tap,
  tapMaps,
} from '../nn/layers.ts';
import type { Module } from '../nn/module.ts';
import type { ImageShape, ModelDefinition } from './model.ts';

/** timm's sizes of vit_tiny. */
const [depth, baseWidth, heads, epsilon] = [12, 192, 3, 1e-6];

/** How timm begins linear layers. */
const begin = { initialize: truncatedNormal(0.02), initializeBias: constant(0) } as const;

/**
 * The side of a patch: 16 pixels as in the paper, or fewer on small images, so that there are about seven patches on a side; a
 * divisor of both sides where there is one down to half of that. Pixels that fill no patch are left out at the right and the bottom.
 */
export function patchSize({ height, width }: ImageShape): number {
  const most = Math.min(16, Math.max(1, Math.floor(Math.min(height, width) / 7)));
  for (let size = most; 2 * size > most; size--) if (height % size === 0 && width % size === 0) return size;
  return most;
}

function block(index: number, width: number, [rows, columns]: readonly [number, number]): readonly Module[] {
  const path = `blocks.${index}`;
  return [
    residual(`${path}.add1`, [
      layerNorm(`${path}.norm1`, width, { epsilon }),
      multiheadAttention(`${path}.attn`, width, heads, { naming: 'timm', initialize: begin.initialize }),
    ]),
    residual(`${path}.add2`, [
      layerNorm(`${path}.norm2`, width, { epsilon }),
      linear(`${path}.mlp.fc1`, width, 4 * width, begin),
      gelu(`${path}.mlp.act`),
      linear(`${path}.mlp.fc2`, 4 * width, width, begin),
    ]),
    tap(path),
    tapMaps(`${path}.maps`, rows, columns),
  ];
}

/** The vision transformer (Dosovitskiy et al., 2021) of timm's size `vit_tiny`: width 192, 12 blocks, 3 heads. */
export const vitTiny: ModelDefinition = {
  name: 'vit-tiny',
  title: 'vision transformer of 12 blocks',
  dropout: [],
  build: (input, classes, { width: times = 1 } = {}) => {
    const [patch, width] = [patchSize(input), baseWidth * times];
    const grid = [Math.floor(input.height / patch), Math.floor(input.width / patch)] as const;
    return {
      name: 'vit-tiny',
      input,
      classes,
      figureLayers: ['patch_embed.proj', 'blocks.0.maps', `blocks.${depth - 1}.maps`],
      network: sequential('vit-tiny', [
        conv2d('patch_embed.proj', input.channels, width, patch, { stride: patch }),
        imageToTokens('patch_embed.flatten'),
        classToken('cls_token', width),
        positionEmbedding('pos_embed', 1 + grid[0] * grid[1], width),
        ...Array.from({ length: depth }, (_, i) => block(i, width, grid)).flat(),
        layerNorm('norm', width, { epsilon }),
        selectToken('pool'),
        linear('head', width, classes, begin),
      ]),
    };
  },
};
