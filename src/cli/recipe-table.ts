/** The recipes of models side by side: what `train` does where no option says otherwise. */
import { defaultRecipe } from '../recipe/defaults.ts';
import { type FlaggedField, flaggedFields } from '../recipe/flags.ts';
import type { Recipe } from '../recipe/schema.ts';
import { valueAt } from '../recipe/values.ts';
import { textTable } from '../text/table.ts';

/** A line for each option that a recipe has a value for; a column for each model with a recipe, and one for all others. */
export function recipeTable(recipes: Readonly<Record<string, Recipe>>): readonly string[] {
  const columns = [...Object.values(recipes), defaultRecipe];
  const rows = flaggedFields.flatMap((field) => {
    const cells = columns.map((recipe) => cell(recipe, field));
    return cells.every((text) => text === '') ? [] : [[`--${field.flag}`, ...cells]];
  });
  return textTable(['', ...Object.keys(recipes), 'other models'], rows).split('\n');
}

/** Empty where the recipe's optimizer or schedule has no such field. */
function cell(recipe: Recipe, { path, absent, kind }: FlaggedField): string {
  const [group = ''] = path;
  const value = valueAt(recipe, path);
  const isGroup = value === undefined && valueAt(recipe, [group]) === null;
  if (value === null || isGroup) return absent ?? 'none';
  if (value === undefined) return '';
  return kind === 'switch' && typeof value === 'object' ? 'on' : String(value);
}
