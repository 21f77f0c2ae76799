import { formatType, GraphError, sameType, type Value } from '../../ir/types.ts';
import type { Forward } from '../forward.ts';
import { throughLayer } from '../layer-error.ts';
import type { Module } from '../module.ts';
import { stateless } from './stateless.ts';

/** Marks the value that passes under a second name for the inspect program. */
export function tap(name: string): Module {
  return stateless('', `tap ${name}`, (f, x) => f.tap(name, x));
}

/** Modules one after the other. Every named one is tapped under its name. */
export function sequential(name: string, children: readonly Module[]): Module {
  return { name, description: 'Sequential', ...ownedBy(children), forward: (f, x) => through(f, children, x) };
}

/**
 * y = body(x) + shortcut(x) (He et al., 2016), where no shortcut means x itself. Tapped under its name.
 *
 * @throws GraphError, when a program is made, where the two have different shapes
 */
export function residual(name: string, body: readonly Module[], shortcut: readonly Module[] = []): Module {
  return {
    name,
    description: 'Residual',
    joins: 'Add',
    ...ownedBy([...body, ...shortcut]),
    forward: (f, x) => {
      const [main, other] = [through(f, body, x), through(f, shortcut, x)];
      if (!sameType(main, other))
        throw new GraphError(
          `${name}: the body gives ${formatType(main)}, the shortcut ${formatType(other)}; a sum needs two of one shape. ` +
            'Put a convolution of kernel 1 with the same stride and outputs into the shortcut',
        );
      return joined(f, name, () => f.b.add(main, other));
    },
  };
}

/**
 * The results of several branches on the same data, side by side along an axis: channels of [N,C,H,W] by default. Tapped
 * under its name.
 *
 * @param branches each a list of modules one after the other; an empty one passes the data on
 * @throws GraphError where there are fewer than two branches; when a program is made, where other sizes than that axis's differ
 */
export function concatenate(name: string, branches: readonly (readonly Module[])[], axis = 1): Module {
  if (branches.length < 2)
    throw new GraphError(`${name}: expected two branches or more to join, got ${branches.length}`);
  return {
    name,
    description: 'Concatenate',
    joins: 'Concat',
    ...ownedBy(branches.flat()),
    forward: (f, x) => {
      const parts = branches.map((branch) => through(f, branch, x));
      return joined(f, name, () => f.b.op('Concat', parts, { axis }));
    },
  };
}

/** What modules own together. */
function ownedBy(children: readonly Module[]): Pick<Module, 'parameters' | 'buffers' | 'children'> {
  return {
    parameters: children.flatMap((child) => child.parameters),
    buffers: children.flatMap((child) => child.buffers),
    children,
  };
}

/** Passes a value through modules in their order; every named one that has no parts is tapped. */
function through(f: Forward, modules: readonly Module[], x: Value): Value {
  let before: Module | undefined;
  return modules.reduce((value, child) => {
    const isTapped = child.name !== '' && child.children.length === 0;
    const pass = () => child.forward(f, value);
    const next = throughLayer(child, value, before, isTapped ? () => joined(f, child.name, pass) : pass);
    if (child.name !== '') before = child;
    return next;
  }, x);
}

/** What is made within a layer, tapped under its name. */
function joined(f: Forward, name: string, make: () => Value): Value {
  return f.tap(name, f.b.within(name, make));
}
