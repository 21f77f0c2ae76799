import type { Graph, Node } from '../ir/graph.ts';
import { halfInfinity, toHalf } from '../ir/half.ts';
import { GraphRewriter } from '../ir/rewrite.ts';
import { GraphError, type Tensor, type TensorOf, type Value } from '../ir/types.ts';

/**
 * The graph computing in float16: constants and everything between are halves. Inputs and outputs keep their types, with
 * a Cast at the border; nodes that `keeps` names stay in float32, border casts included.
 *
 * @throws GraphError where a constant is too large for a half, with its name
 */
export function toFloat16(graph: Graph, keeps: (node: Node) => boolean): Graph {
  return new InHalves(graph, keeps).rewrite();
}

class InHalves extends GraphRewriter {
  private readonly keeps: (node: Node) => boolean;
  private readonly constants: ReadonlyMap<string, Tensor>;
  private readonly results: ReadonlySet<string>;
  /** Values in another precision than the one they were made in, by name and precision. */
  private readonly copies = new Map<string, Value>();
  /** What the node that is being copied computes in. */
  private precision: 'float32' | 'float16' = 'float32';

  constructor(graph: Graph, keeps: (node: Node) => boolean) {
    super(graph);
    this.keeps = keeps;
    this.constants = new Map(graph.initializers.map(({ value, tensor }) => [value.name, tensor]));
    this.results = new Set(graph.outputs.map(({ name }) => name));
  }

  /** Constants wait for the first node that reads one: it decides the precision. */
  override initializers(): void {}

  protected override late({ name }: Pick<Value, 'name'>): Value | null {
    const tensor = this.constants.get(name);
    if (!tensor) return null;
    const halved = tensor.dtype === 'float32' && this.precision === 'float16';
    return this.b.constant(halved ? halves(tensor, name) : tensor, name);
  }

  protected override node(node: Node): readonly (Value | null)[] {
    this.precision = this.keeps(node) ? 'float32' : 'float16';
    // The graph's output takes the name for its float32 copy.
    const outputs = node.outputs.map((value) =>
      value && value.dtype === 'float32' && this.precision === 'float16' && this.results.has(value.name)
        ? { ...value, name: `${value.name}.float16` }
        : value,
    );
    return this.b.copy({ ...node, outputs }, (value) => this.inPrecision(value));
  }

  protected override output(output: Value): void {
    this.precision = 'float32';
    this.b.output(output.name, this.inPrecision(output));
  }

  /** A value of the old graph in the precision of the moment, where it is a float32 there. */
  private inPrecision(old: Value): Value {
    const value = this.translate(old);
    if (old.dtype !== 'float32' || value.dtype === this.precision) return value;
    const key = `${old.name}:${this.precision}`;
    const copy = this.copies.get(key) ?? this.b.within(this.precision, () => this.b.cast(value, this.precision));
    this.copies.set(key, copy);
    return copy;
  }
}

function halves({ shape, data }: TensorOf<'float32'>, name: string): Tensor {
  const bits = new Uint16Array(data.length);
  for (let i = 0; i < bits.length; i++) {
    const value = data[i] ?? 0;
    const half = toHalf(value);
    if ((half & halfInfinity) === halfInfinity && Number.isFinite(value))
      throw new GraphError(`'${name}' holds ${value}, which float16 (up to 65,504) cannot; export another format`);
    bits[i] = half;
  }
  return { dtype: 'float16', shape, data: bits };
}
