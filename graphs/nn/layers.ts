/** Layers under PyTorch's names and defaults. Each is plain data plus a forward function. */
export * from './layers/activation.ts';
export * from './layers/attention.ts';
export * from './layers/compose.ts';
export * from './layers/conv.ts';
export * from './layers/dropout.ts';
export * from './layers/linear.ts';
export * from './layers/normalization.ts';
export * from './layers/pool.ts';
export * from './layers/tokens.ts';
export type { Padding, Size } from './layers/window.ts';
