import { m1 } from './m1.ts';
import { m2 } from './m2.ts';
import { mobilenetV2 } from './mobilenet-v2.ts';
import type { ModelDefinition } from './model.ts';
import { resnet9 } from './resnet9.ts';
import { resnet18 } from './resnet18.ts';
import { simpleCnn } from './simple-cnn.ts';
import { miniCnn, tinyVgg } from './small-networks.ts';
import { vitTiny } from './vit-tiny.ts';

/** Every model that comes with the program. */
export const catalogue: readonly ModelDefinition[] = [
  m1,
  m2,
  simpleCnn,
  miniCnn,
  tinyVgg,
  resnet9,
  resnet18,
  mobilenetV2,
  vitTiny,
];
