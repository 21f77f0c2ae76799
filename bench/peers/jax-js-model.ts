import type { Array as JaxArray } from '@jax-js/jax';
import { PeerError } from '../peer-error.ts';
import { type FloatBatch, type LibraryModel, type LibraryOptions, weightOf } from './model-peer.ts';

type Jax = typeof import('@jax-js/jax');
/** Weights by name; jax-js's functions take such trees. */
type Tree = { [name: string]: JaxArray };

const classes = 10;
const side = 28;

/**
 * Model 1 and 2 in jax-js, their gradients and Adam in compiled functions. An array belongs to the function that it is
 * given to, which frees it; `.ref` is a second hold on it.
 */
export class JaxModel implements LibraryModel {
  readonly #jax: Jax;
  readonly #name: string;
  readonly #options: LibraryOptions;
  readonly #gradient: (weights: Tree, x: JaxArray, y: JaxArray, key: JaxArray) => [JaxArray, Tree];
  readonly #update: (weights: Tree, first: Tree, second: Tree, gradient: Tree, step: JaxArray) => [Tree, Tree, Tree];
  readonly #predict: (weights: Tree, running: Tree, x: JaxArray) => [JaxArray, JaxArray];
  #weights: Tree = {};
  readonly #running: Tree = {};
  #first: Tree = {};
  #second: Tree = {};
  #step = 0;

  constructor(jax: Jax, name: string, options: LibraryOptions) {
    this.#jax = jax;
    this.#name = name;
    this.#options = options;
    for (const [weight, { dtype }] of options.weights) if (dtype === 'float32') this.#add(weight);
    const loss = (weights: Tree, x: JaxArray, y: JaxArray, key: JaxArray) => {
      const count = x.shape[0] ?? 1;
      const logits = this.#forward(weights, undefined, x, key);
      return jax.nn
        .logSoftmax(logits)
        .mul(y)
        .sum()
        .mul(-1 / count);
    };
    this.#gradient = jax.jit((weights: Tree, x: JaxArray, y: JaxArray, key: JaxArray): [JaxArray, Tree] =>
      jax.valueAndGrad(loss)(weights, x, y, key),
    );
    this.#update = jax.jit((weights: Tree, first: Tree, second: Tree, gradient: Tree, step: JaxArray) =>
      this.#adam(weights, first, second, gradient, step),
    );
    this.#predict = jax.jit((weights: Tree, running: Tree, x: JaxArray): [JaxArray, JaxArray] => {
      const logits = this.#forward(weights, running, x, undefined);
      return [logits.ref, jax.nn.softmax(logits)];
    });
  }

  async step({ images, labels, count }: FloatBatch): Promise<number> {
    const { numpy: np, nn, random, tree, blockUntilReady } = this.#jax;
    const x = np.array(images).reshape([count, 1, side, side]);
    const y = nn.oneHot(np.array(labels, { dtype: np.int32 }), classes);
    this.#step += 1;
    const [loss, gradient] = this.#gradient(tree.ref(this.#weights), x, y, random.key(this.#step));
    const step = np.array(Float32Array.of(this.#step));
    [this.#weights, this.#first, this.#second] = this.#update(this.#weights, this.#first, this.#second, gradient, step);
    await blockUntilReady(this.#weights);
    const [value = Number.NaN] = await loss.data();
    return Number(value);
  }

  async logits(images: Float32Array, count: number): Promise<Float32Array> {
    const { numpy: np, tree } = this.#jax;
    const x = np.array(images.slice()).reshape([count, 1, side, side]);
    const [logits, probabilities] = this.#predict(tree.ref(this.#weights), tree.ref(this.#running), x);
    await probabilities.data();
    return Float32Array.from(await logits.data(), Number);
  }

  /** Adam (Kingma and Ba, 2015), with AdamW's decay where the recipe has one. */
  #adam(weights: Tree, first: Tree, second: Tree, gradient: Tree, step: JaxArray): [Tree, Tree, Tree] {
    const { numpy: np } = this.#jax;
    const { optimizer } = this.#options.recipe;
    if (optimizer.name === 'sgd') throw new PeerError('cannot', 'this peer trains by Adam only');
    const { lr, eps, weightDecay, name: rule } = optimizer;
    const [beta1, beta2] = optimizer.betas;
    const next: [Tree, Tree, Tree] = [{}, {}, {}];
    const correction = (beta: number) => np.array(1).sub(np.exp(step.ref.mul(Math.log(beta))));
    const [correction1, correction2] = [correction(beta1), correction(beta2)];
    for (const name of Object.keys(weights)) {
      const g = heldIn(gradient, name);
      const m = heldIn(first, name)
        .mul(beta1)
        .add(g.ref.mul(1 - beta1));
      const v = heldIn(second, name)
        .mul(beta2)
        .add(np.square(g).mul(1 - beta2));
      const change = m.ref
        .div(correction1.ref)
        .div(np.sqrt(v.ref.div(correction2.ref)).add(eps))
        .mul(lr);
      const kept = heldIn(weights, name).mul(rule === 'adamw' ? 1 - lr * weightDecay : 1);
      next[0][name] = kept.sub(change);
      next[1][name] = m;
      next[2][name] = v;
    }
    step.dispose();
    correction1.dispose();
    correction2.dispose();
    return next;
  }

  /** With `running`, in evaluation mode; with a key, dropout is drawn from it. */
  #forward(weights: Tree, running: Tree | undefined, x: JaxArray, key: JaxArray | undefined): JaxArray {
    const { dropout } = this.#options.recipe;
    const keys = key === undefined ? undefined : this.#jax.random.split(key, dropout.length);
    const drop = (value: JaxArray, index: number) => this.#drop(value, dropout[index] ?? 0, keys, index);
    const linear = (value: JaxArray, name: string) =>
      this.#jax.numpy.matmul(value, heldIn(weights, `${name}.weight`).transpose()).add(heldIn(weights, `${name}.bias`));
    const features = this.#name === 'm1' ? this.#features1(weights, x) : this.#features2(weights, running, x, drop);
    const hidden = this.#jax.nn.relu(linear(features, 'fc1'));
    const logits = linear(drop(hidden, dropout.length - 1), 'fc2');
    keys?.dispose();
    return logits;
  }

  #features1(weights: Tree, x: JaxArray): JaxArray {
    const count = x.shape[0] ?? 1;
    const block = (value: JaxArray, name: string) =>
      this.#jax.nn.relu(
        this.#jax.lax
          .conv(value, heldIn(weights, `${name}.weight`), [1, 1], 'VALID')
          .add(heldIn(weights, `${name}.bias`).reshape([-1, 1, 1])),
      );
    return this.#pool(block(block(x, 'conv1'), 'conv2')).reshape([count, 9216]);
  }

  #features2(
    weights: Tree,
    running: Tree | undefined,
    x: JaxArray,
    drop: (value: JaxArray, index: number) => JaxArray,
  ): JaxArray {
    let value = x;
    for (const stage of [0, 1, 2]) {
      for (const block of [0, 3]) {
        const weight = heldIn(weights, `stages.${stage}.${block}.weight`);
        const convolved = this.#jax.lax.conv(value, weight, [1, 1], 'SAME');
        value = this.#jax.nn.relu(this.#norm(weights, running, convolved, `stages.${stage}.${block + 1}`));
      }
      if (stage < 2) value = this.#pool(value);
      value = drop(value, stage);
    }
    return this.#jax.numpy.mean(value, [2, 3]);
  }

  #norm(weights: Tree, running: Tree | undefined, x: JaxArray, name: string): JaxArray {
    const { numpy: np } = this.#jax;
    const channel = (tree: Tree, kind: string) => heldIn(tree, `${name}.${kind}`).reshape([1, -1, 1, 1]);
    const axes = [0, 2, 3];
    const mean = running ? channel(running, 'running_mean') : np.mean(x.ref, axes, { keepdims: true });
    const centred = x.sub(mean);
    const variance = running
      ? channel(running, 'running_var')
      : np.mean(np.square(centred.ref), axes, { keepdims: true });
    return centred
      .div(np.sqrt(variance.add(1e-5)))
      .mul(channel(weights, 'weight'))
      .add(channel(weights, 'bias'));
  }

  #pool(x: JaxArray): JaxArray {
    return this.#jax.lax.reduceWindow(x, (window) => this.#jax.numpy.max(window), [2, 2], [2, 2]);
  }

  #drop(x: JaxArray, rate: number, keys: JaxArray | undefined, index: number): JaxArray {
    if (keys === undefined || !this.#options.dropout || rate === 0) return x;
    const key = keys.ref.slice(index);
    const mask = this.#jax.random.bernoulli(key, 1 - rate, x.shape);
    return x.mul(mask.astype(this.#jax.numpy.float32).mul(1 / (1 - rate)));
  }

  #add(name: string): void {
    const { numpy: np } = this.#jax;
    const { shape, data } = weightOf(this.#options.weights, name);
    // A copy: the file's tensors share one buffer.
    const value = () => np.array(data.slice()).reshape(shape);
    if (name.includes('running_')) {
      this.#running[name] = value();
      return;
    }
    this.#weights[name] = value();
    this.#first[name] = np.zeros(shape);
    this.#second[name] = np.zeros(shape);
  }
}

function heldIn(tree: Tree, name: string): JaxArray {
  const value = tree[name];
  if (!value) throw new PeerError('failed', `internal: no weight '${name}'`);
  return value;
}
