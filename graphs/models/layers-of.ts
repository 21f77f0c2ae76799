import type { Module } from '../nn/module.ts';

/** The named layers of a network, in the order of its forward pass: those that consist of no others, or join what others give. */
export function layersOf(module: Module): readonly Module[] {
  if (module.children.length > 0) return [...module.children.flatMap(layersOf), ...(module.joins ? [module] : [])];
  return module.name === '' ? [] : [module];
}
