export { type ConfigFile, configFrom, parseConfigFile } from './config-file.ts';
export {
  checkResume,
  type Difference,
  describeDifferences,
  mayDiffer,
  type ResumeConfig,
  type Verdict,
} from './differences.ts';
export { type OptionName, optionTable, type RecipeOption, type RecipeOptions } from './options.ts';
export { recipeSchema } from './recipe-schema.ts';
export { type RecipeLayers, resolveRecipe } from './resolve.ts';
export { parseRunConfig, type RunConfig, readRunConfig, runConfigName, runConfigSchema } from './run-config.ts';
