import type { PageLayer, PageModel } from '../page-model.ts';
import { byId, make } from './dom.ts';

/** What a layer is called in the report, too. */
export function nameOf({ name, alias }: PageLayer): string {
  return alias ?? name;
}

/** The list of layers. Returns what tells the chosen one. */
export function setUpLayers({ layers, firstLayer }: PageModel, changed: () => void): () => PageLayer {
  const select = byId('layer', HTMLSelectElement);
  select.append(
    ...layers.map((layer) => {
      const { name, alias, description, shape } = layer;
      const size = shape.filter((length, axis) => axis === 0 || length > 1).join(' × ');
      const kind = description.replace(/\(.*/, '');
      return make('option', `${nameOf(layer)}: ${kind}, ${size}${alias === null ? '' : ` (${name})`}`, { value: name });
    }),
  );
  select.value = firstLayer;
  select.addEventListener('change', changed);
  return () => {
    const layer = layers.find(({ name }) => name === select.value) ?? layers[0];
    if (layer) return layer;
    throw new Error('internal: the model has no layers');
  };
}
