/** An optimizer by name, with its numbers; they mean what they mean in PyTorch. Plain data. */
export type OptimizerRecipe =
  | { readonly name: 'sgd'; readonly lr: number; readonly momentum: number; readonly weightDecay: number }
  | {
      readonly name: 'adam' | 'adamw';
      readonly lr: number;
      readonly betas: readonly [number, number];
      readonly eps: number;
      readonly weightDecay: number;
    };
