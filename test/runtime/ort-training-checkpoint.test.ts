/** The checkpoint's bytes, read back by hand as the flatbuffers format has them. */
import { expect, it } from 'vitest';
import { float32, type Tensor } from '../../graphs/ir/types.ts';
import { encodeCheckpoint, type OrtCheckpoint } from '../../src/runtime/ort-training-checkpoint.ts';

/** A table: its fields' places are in the vtable, which stands `int32` before it. */
class Table {
  readonly #view: DataView;
  readonly #at: number;

  constructor(view: DataView, at: number) {
    this.#view = view;
    this.#at = at;
  }

  has(field: number): boolean {
    return this.#place(field) !== 0;
  }
  int32 = (field: number) => this.#view.getInt32(this.#at + this.#place(field), true);
  int64 = (field: number) => (this.has(field) ? this.#view.getBigInt64(this.#at + this.#place(field), true) : 0n);
  float = (field: number) => this.#view.getFloat32(this.#at + this.#place(field), true);
  table = (field: number) => new Table(this.#view, this.#target(field));
  text = (field: number) => new TextDecoder().decode(this.bytes(field));

  bytes(field: number): Uint8Array<ArrayBuffer> {
    const at = this.#target(field);
    const start = this.#view.byteOffset + at + 4;
    return Uint8Array.from(new Uint8Array(this.#view.buffer, start, this.#view.getUint32(at, true)));
  }

  longs(field: number): readonly number[] {
    const at = this.#target(field);
    const count = this.#view.getUint32(at, true);
    return Array.from({ length: count }, (_, i) => Number(this.#view.getBigInt64(at + 4 + 8 * i, true)));
  }

  tables(field: number): readonly Table[] {
    const at = this.#target(field);
    const places = Array.from({ length: this.#view.getUint32(at, true) }, (_, i) => at + 4 + 4 * i);
    return places.map((place) => new Table(this.#view, place + this.#view.getUint32(place, true)));
  }

  #place(field: number): number {
    const vtable = this.#at - this.#view.getInt32(this.#at, true);
    const offset = 4 + 2 * field;
    return offset < this.#view.getUint16(vtable, true) ? this.#view.getUint16(vtable + offset, true) : 0;
  }

  #target(field: number): number {
    const at = this.#at + this.#place(field);
    return at + this.#view.getUint32(at, true);
  }
}

function rootOf(bytes: Uint8Array): Table {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  expect(new TextDecoder().decode(bytes.subarray(4, 8))).toBe('ODTC');
  return new Table(view, view.getUint32(0, true));
}

function tensorsOf(tables: readonly Table[]): readonly (readonly [string, Tensor])[] {
  return tables.map((table) => {
    expect(table.int32(3)).toBe(1);
    return [table.text(0), float32(new Float32Array(table.bytes(4).buffer), table.longs(2))];
  });
}

const checkpoint: OrtCheckpoint = {
  trainable: new Map([
    ['conv1.weight', float32([1, -2, 3.5, 4, 5, 6], [3, 1, 2])],
    ['größe', float32([0.25], [])],
  ]),
  frozen: new Map([['bn.running_var', float32([7, 8])]]),
  optimizer: {
    step: 2 ** 40,
    initialLearningRate: 0.5,
    moments: new Map([['conv1.weight', [float32([1, 2, 3], [3]), float32([4, 5, 6], [3])]]]),
  },
};

it('has parameters, in their order, names and shapes included', () => {
  const root = rootOf(encodeCheckpoint(checkpoint));
  expect(root.int32(0)).toBe(2);
  const module = root.table(1);
  expect(tensorsOf(module.tables(0))).toEqual([...checkpoint.trainable]);
  expect(tensorsOf(module.tables(1))).toEqual([...checkpoint.frozen]);
});

it('has the optimizer as group0 with two moments a parameter', () => {
  const [group, ...more] = rootOf(encodeCheckpoint(checkpoint)).tables(2);
  expect(more).toEqual([]);
  expect(group?.text(0)).toBe('group0');
  expect(group?.int64(1)).toBe(2n ** 40n);
  expect(group?.float(2)).toBe(0.5);
  const states = group?.tables(3).map((state) => [state.text(0), tensorsOf(state.tables(1))]);
  expect(states).toEqual([
    [
      'conv1.weight',
      [
        ['momentum0', float32([1, 2, 3], [3])],
        ['momentum1', float32([4, 5, 6], [3])],
      ],
    ],
  ]);
});

it('has both lists where they are empty, and no optimizer where there is none', () => {
  const root = rootOf(encodeCheckpoint({ trainable: new Map(), frozen: new Map() }));
  expect(root.table(1).tables(0)).toEqual([]);
  expect(root.table(1).tables(1)).toEqual([]);
  expect(root.has(2)).toBe(false);
});

it('gives the same bytes for the same checkpoint', () => {
  expect(encodeCheckpoint(checkpoint)).toEqual(encodeCheckpoint(checkpoint));
});
