import { distance } from 'fastest-levenshtein';
import { isModelName, type ModelName, modelNames } from '../../graphs/models/catalogue.ts';
import { UsageError } from '../errors.ts';

/** The model of that name. Throws UsageError with the names there are. */
export function requireModel(name: string): ModelName {
  if (isModelName(name)) return name;
  const near = modelNames.find((known) => distance(known, name.toLowerCase()) <= 1);
  throw new UsageError(
    `unknown model '${name}'; there are: ${modelNames.join(', ')}.${near ? ` Did you mean '${near}'?` : ''}`,
  );
}
