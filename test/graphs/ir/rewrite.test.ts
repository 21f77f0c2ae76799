/** The walk that every pass which rebuilds a graph goes. */
import { expect, it } from 'vitest';
import { GraphBuilder } from '../../../graphs/ir/builder.ts';
import type { Node } from '../../../graphs/ir/graph.ts';
import { printGraph } from '../../../graphs/ir/print.ts';
import { GraphRewriter } from '../../../graphs/ir/rewrite.ts';
import { float32, type Value } from '../../../graphs/ir/types.ts';
import { validate } from '../../../graphs/ir/validate.ts';
import { smallNet, trainingGraph } from './fixtures.ts';

it.each([smallNet(), trainingGraph()])('changes nothing of graph $name where nothing is overridden', (graph) => {
  expect(printGraph(validate(new GraphRewriter(graph).rewrite()))).toBe(printGraph(graph));
});

it('keeps inputs that are lists of tensors', () => {
  const b = new GraphBuilder('lists');
  b.sequence('params', 'float32');
  b.output('y', b.neg(b.input('x', 'float32', [2])));
  const graph = b.finish();
  expect(printGraph(new GraphRewriter(graph).rewrite())).toBe(printGraph(graph));
});

/** exp(x) c becomes exp(x) (c + c); a constant that nobody reads is never made. */
class Doubled extends GraphRewriter {
  override initializers(): void {}

  protected override late({ name }: { readonly name: string }): Value | null {
    const found = this.source.initializers.find(({ value }) => value.name === name);
    if (!found) return null;
    const constant = this.b.constant(found.tensor, name);
    return this.b.within('doubled', () => this.b.add(constant, constant));
  }

  protected override node(node: Node): readonly (Value | null)[] {
    return node.op === 'Exp' ? this.b.copy({ ...node, name: 'renamed' }, (x) => this.translate(x)) : super.node(node);
  }
}

function product() {
  const b = new GraphBuilder('product');
  const x = b.input('x', 'float32', [2]);
  const [factor] = [b.constant(float32([2, 3]), 'c'), b.constant(float32([4, 5]), 'unread')];
  b.output('y', b.mul(b.op('Exp', [x], {}), factor));
  return b.finish();
}

it('takes what a pass overrides, and makes constants where they are first used', () => {
  expect(printGraph(validate(new Doubled(product()).rewrite()))).toMatchInlineSnapshot(`
    "graph product
      input float32[2] %x
      output float32[2] %y
      constant float32[2] %c = [2,3]
      renamed: float32[2] %Exp_output = Exp(%x)
      doubled/Add: float32[2] %doubled/Add_output = Add(%c, %c)
      Mul: float32[2] %y = Mul(%Exp_output, %doubled/Add_output)"
  `);
});

it('refuses a value that is used before it is made, by its name', () => {
  const graph = product();
  const reversed = { ...graph, nodes: graph.nodes.toReversed() };
  expect(() => new GraphRewriter(reversed).rewrite()).toThrow(
    "internal: graph 'product': 'Exp_output' is used before it is made",
  );
  expect(() => new Doubled({ ...graph, inputs: [] }).rewrite()).toThrow("'x' is used before it is made");
});
