import { m1 } from './m1.ts';
import { m2 } from './m2.ts';
import type { ModelDefinition } from './model.ts';

/** Every model that comes with the program. */
export const catalogue: readonly ModelDefinition[] = [m1, m2];
