import type { Module } from '../nn/module.ts';

/** A classifier of single-channel images: uint8[N,1,height,width] in, logits float32[N,classes] out. */
export interface Model {
  readonly name: string;
  readonly network: Module;
  readonly input: { readonly channels: number; readonly height: number; readonly width: number };
  readonly classes: number;
}
