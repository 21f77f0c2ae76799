import type { AdamOptimizer, Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D, Variable } from '@tensorflow/tfjs';
import { messageOf } from '../../src/errors.ts';
import { PeerError } from '../peer-error.ts';
import { type FloatBatch, type LibraryModel, type LibraryOptions, weightOf } from './model-peer.ts';

type TensorFlow = typeof import('@tensorflow/tfjs');

const classes = 10;
const side = 28;

/** Model 1 and 2 in TensorFlow.js's own layout (NHWC), with its own Adam. */
export class TfjsModel implements LibraryModel {
  readonly #tf: TensorFlow;
  readonly #name: string;
  readonly #options: LibraryOptions;
  readonly #trainable = new Map<string, Variable>();
  readonly #running = new Map<string, Variable>();
  readonly #optimizer: AdamOptimizer;

  constructor(tf: TensorFlow, name: string, options: LibraryOptions) {
    this.#tf = tf;
    this.#name = name;
    this.#options = options;
    const { optimizer } = options.recipe;
    if (optimizer.name === 'sgd') throw new PeerError('cannot', 'this peer trains by Adam only');
    this.#optimizer = tf.train.adam(optimizer.lr, optimizer.betas[0], optimizer.betas[1], optimizer.eps);
    for (const [weight, { dtype }] of options.weights) if (dtype === 'float32') this.#add(weight);
  }

  async step({ images, labels, count }: FloatBatch): Promise<number> {
    const tf = this.#tf;
    const x = tf.tensor4d(images, [count, side, side, 1]);
    const y = tf.tidy(() => tf.oneHot(tf.tensor1d(labels, 'int32'), classes));
    let loss: Scalar | null = null;
    try {
      this.#decay();
      const variables = [...this.#trainable.values()];
      loss = this.#optimizer.minimize(
        () => tf.losses.softmaxCrossEntropy(y, this.#forward(x, true)).asScalar(),
        true,
        variables,
      );
      const [value = Number.NaN] = (await loss?.data()) ?? [];
      return value;
    } catch (error) {
      // "Kernel 'Conv2DBackpropFilter' not registered for backend 'wasm'", for one.
      if (/not registered for backend/.test(messageOf(error))) throw new PeerError('cannot', messageOf(error));
      throw error;
    } finally {
      tf.dispose(loss === null ? [x, y] : [x, y, loss]);
    }
  }

  async logits(images: Float32Array, count: number): Promise<Float32Array> {
    const tf = this.#tf;
    const [logits, probabilities] = tf.tidy(() => {
      const found = this.#forward(tf.tensor4d(images, [count, side, side, 1]), false);
      return [found, tf.softmax(found)];
    });
    if (!logits || !probabilities) throw new PeerError('failed', 'internal: no logits');
    const values = await logits.data();
    await probabilities.data();
    tf.dispose([logits, probabilities]);
    if (!(values instanceof Float32Array)) throw new PeerError('failed', 'TensorFlow.js returned no float32');
    return values;
  }

  #forward(x: Tensor4D, training: boolean): Tensor2D {
    return this.#name === 'm1' ? this.#model1(x, training) : this.#model2(x, training);
  }

  #model1(x: Tensor4D, training: boolean): Tensor2D {
    const { dropout } = this.#options.recipe;
    const first = this.#conv(x, 'conv1', 'valid').add<Tensor4D>(this.#variable('conv1.bias')).relu<Tensor4D>();
    const second = this.#conv(first, 'conv2', 'valid').add<Tensor4D>(this.#variable('conv2.bias')).relu<Tensor4D>();
    const flat = this.#tf.maxPool(second, 2, 2, 'valid').reshape<Tensor2D>([x.shape[0], 9216]);
    return this.#head(flat, training, dropout[0] ?? 0);
  }

  #model2(x: Tensor4D, training: boolean): Tensor2D {
    const { dropout } = this.#options.recipe;
    let value = x;
    for (const stage of [0, 1, 2]) {
      for (const block of [0, 3]) {
        const convolved = this.#conv(value, `stages.${stage}.${block}`, 'same');
        value = this.#norm(convolved, `stages.${stage}.${block + 1}`, training).relu();
      }
      if (stage < 2) value = this.#tf.maxPool(value, 2, 2, 'valid');
      value = this.#drop(value, training, dropout[stage] ?? 0);
    }
    return this.#head(value.mean<Tensor2D>([1, 2]), training, dropout[3] ?? 0);
  }

  #head(x: Tensor2D, training: boolean, rate: number): Tensor2D {
    const linear = (value: Tensor2D, name: string) =>
      this.#tf.matMul(value, this.#variable<Tensor2D>(`${name}.weight`)).add<Tensor2D>(this.#variable(`${name}.bias`));
    return linear(this.#drop(linear(x, 'fc1').relu(), training, rate), 'fc2');
  }

  #conv(x: Tensor4D, name: string, padding: 'valid' | 'same'): Tensor4D {
    return this.#tf.conv2d(x, this.#variable<Tensor4D>(`${name}.weight`), 1, padding);
  }

  #norm(x: Tensor4D, name: string, training: boolean): Tensor4D {
    const [weight, bias] = [this.#variable<Tensor1D>(`${name}.weight`), this.#variable<Tensor1D>(`${name}.bias`)];
    const running = { mean: this.#state(`${name}.running_mean`), variance: this.#state(`${name}.running_var`) };
    const normalise = (mean: Tensor, variance: Tensor) =>
      this.#tf.batchNorm(x, mean.as1D(), variance.as1D(), bias, weight, 1e-5);
    if (!training) return normalise(running.mean, running.variance);
    const { mean, variance } = this.#tf.moments(x, [0, 1, 2]);
    const count = x.size / mean.size;
    running.mean.assign(running.mean.mul(0.9).add(mean.mul(0.1)));
    running.variance.assign(running.variance.mul(0.9).add(variance.mul((0.1 * count) / (count - 1))));
    return normalise(mean, variance);
  }

  #drop<T extends Tensor>(x: T, training: boolean, rate: number): T {
    return training && this.#options.dropout ? x.mul<T>(this.#tf.dropout(this.#tf.onesLike(x), rate)) : x;
  }

  /** AdamW's decoupled decay: p = p - lr λ p before the update. */
  #decay(): void {
    const { optimizer } = this.#options.recipe;
    if (optimizer.name !== 'adamw') return;
    const factor = 1 - optimizer.lr * optimizer.weightDecay;
    this.#tf.tidy(() => {
      for (const variable of this.#trainable.values()) variable.assign(variable.mul(factor));
    });
  }

  /** PyTorch's layouts to TensorFlow.js's: convolutions OIHW to HWIO, linear layers transposed. */
  #add(name: string): void {
    const tf = this.#tf;
    const { shape, data } = weightOf(this.#options.weights, name);
    const value = tf.tidy(() => {
      const tensor = tf.tensor(data, shape);
      if (shape.length === 4) return tensor.transpose([2, 3, 1, 0]);
      if (shape.length !== 2) return tensor.clone();
      if (shape[1] !== 9216) return tensor.transpose();
      // The flattened pool is [C,H,W] there and [H,W,C] here.
      return tensor.reshape([128, 64, 12, 12]).transpose([2, 3, 1, 0]).reshape([9216, 128]);
    });
    const isState = name.includes('running_');
    (isState ? this.#running : this.#trainable).set(name, tf.variable(value, !isState));
    value.dispose();
  }

  #variable<T extends Tensor = Tensor>(name: string): T {
    const variable = this.#find(this.#trainable, name);
    // Only the caller knows the rank; `reshape` is the one operation that lets it say so, and copies nothing.
    return variable.reshape<T>(variable.shape);
  }

  #state(name: string): Variable {
    return this.#find(this.#running, name);
  }

  #find(map: ReadonlyMap<string, Variable>, name: string): Variable {
    const found = map.get(name);
    if (!found) throw new PeerError('failed', `internal: no weight '${name}'`);
    return found;
  }
}
