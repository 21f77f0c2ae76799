import type { LayerData, NetworkData } from './network-data.ts';

/** Two networks, and what each of them is called in a sentence: `the run`, `./net.ts`. */
export interface Named {
  readonly name: string;
  readonly network: NetworkData;
}

/**
 * The first thing in which two networks differ that makes them compute something else: a layer or a parameter, with both
 * shapes; undefined where there is none.
 */
export function networkDifference(one: Named, other: Named): string | undefined {
  return layerDifference(one, other) ?? tensorDifference(one, other) ?? passDifference(one, other);
}

function layerDifference(one: Named, other: Named): string | undefined {
  const [before, after] = [leaves(one.network.layers), leaves(other.network.layers)];
  for (let i = 0; i < Math.max(before.length, after.length); i++) {
    const [a, b] = [before[i], after[i]];
    if (a && b && a.name === b.name && a.description === b.description) {
      const tensors = tensorDifference(only(one, a), only(other, b));
      if (tensors !== undefined) return tensors;
    } else return `${layerText(a, one)}; ${layerText(b, other)}`;
  }
  return undefined;
}

function leaves(layer: LayerData): readonly LayerData[] {
  return layer.children.length > 0 ? [...layer.children.flatMap(leaves), ...(layer.joins ? [layer] : [])] : [layer];
}

/** What a layer is, with the shapes of its tensors: `layer 'fc' (Linear(8, 10)) with fc.weight [10,8] in the run`. */
function layerText(layer: LayerData | undefined, { name, network }: Named): string {
  if (layer === undefined) return `no further layer in ${name}`;
  const shapes = tensorsOf(network)
    .filter((tensor) => layer.parameters.includes(tensor.name))
    .map(({ name: tensor, shape }) => `${tensor} [${shape.join(',')}]`);
  const tensors = shapes.length === 0 ? '' : ` with ${shapes.join(' and ')}`;
  return `${layer.name === '' ? layer.description : `layer '${layer.name}' (${layer.description})`}${tensors} in ${name}`;
}

function tensorsOf({ parameters, buffers }: NetworkData) {
  return [...parameters, ...buffers.map(({ name, shape }) => ({ name, shape }))];
}

/** The network as if it had the tensors of one layer only. */
function only({ name, network }: Named, { parameters, buffers }: LayerData): Named {
  return {
    name,
    network: {
      ...network,
      parameters: network.parameters.filter((tensor) => parameters.includes(tensor.name)),
      buffers: network.buffers.filter((tensor) => buffers.includes(tensor.name)),
    },
  };
}

function tensorDifference(one: Named, other: Named): string | undefined {
  const [before, after] = [tensorsOf(one.network), tensorsOf(other.network)];
  const text = (tensor: (typeof before)[number] | undefined, { name }: Named) =>
    tensor === undefined
      ? `no further parameter in ${name}`
      : `'${tensor.name}' [${tensor.shape.join(',')}] in ${name}`;
  for (let i = 0; i < Math.max(before.length, after.length); i++)
    if (JSON.stringify(before[i]) !== JSON.stringify(after[i]))
      return `${text(before[i], one)}; ${text(after[i], other)}`;
  return undefined;
}

/** The same layers can still be passed in another way, in evaluation or in training. */
function passDifference(one: Named, other: Named): string | undefined {
  const { nodes: before, constants, logits } = one.network;
  const { nodes: after, constants: others, logits: end } = other.network;
  const evaluation = before.findIndex((node, i) => JSON.stringify(node) !== JSON.stringify(after[i]));
  const place = (list: readonly { readonly scope: string; readonly op: string }[], i: number) => {
    const node = list[i];
    return node === undefined ? 'nothing further' : `${node.op}${node.scope === '' ? '' : ` of layer '${node.scope}'`}`;
  };
  const at = evaluation === -1 && after.length > before.length ? before.length : evaluation;
  if (at !== -1)
    return `step ${at + 1} of the forward pass is ${place(before, at)} in ${one.name}; ${place(after, at)} in ${other.name}${place(before, at) === place(after, at) ? ', on other values' : ''}`;
  if (JSON.stringify([constants, logits]) !== JSON.stringify([others, end]))
    return `constants of the forward pass are others in ${other.name} than in ${one.name}`;
  const [trained, now] = [one.network.training, other.network.training];
  const step = Array.from({ length: Math.max(trained.length, now.length) }).findIndex((_, i) => trained[i] !== now[i]);
  if (step === -1) return undefined;
  return `in training, step ${step + 1} of the forward pass is \`${trained[step] ?? 'nothing further'}\` in ${one.name}; \`${now[step] ?? 'nothing further'}\` in ${other.name}`;
}
