import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { fromHalf, toHalf } from '../../graphs/ir/half.ts';
import { float32, type Tensor } from '../../graphs/ir/types.ts';
import { AtelierError } from '../../src/errors.ts';
import { readCheckpoint } from '../../src/training/checkpoint.ts';
import { startingState } from '../../src/training/init-from.ts';
import type { TensorMap } from '../../src/training/initialize.ts';
import { withoutWrapping } from '../../src/training/weight-names.ts';
import { readWeights } from '../../src/training/weights-file.ts';
import { scratchFolder } from '../files/scratch.ts';
import { modelOf, stateOf } from '../graphs/export/support.ts';
import { entryOf, programsOf } from '../models.ts';
import { digests } from '../runtime/ort-training-support.ts';

/** The bits of a float32. */
const bitsOf = (number: number): number => new Uint32Array(Float32Array.of(number).buffer)[0] ?? 0;

/** How elements are stored. bfloat16 is cut off here, not rounded. */
const stored = {
  F32: { bytes: 4, put: (view: DataView, at: number, value: number) => view.setFloat32(at, value, true) },
  F64: { bytes: 8, put: (view: DataView, at: number, value: number) => view.setFloat64(at, value, true) },
  F16: { bytes: 2, put: (view: DataView, at: number, value: number) => view.setUint16(at, toHalf(value), true) },
  BF16: {
    bytes: 2,
    put: (view: DataView, at: number, value: number) => view.setUint16(at, bitsOf(value) >>> 16, true),
  },
} as const;

type Numbers = ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: ArrayLike<number> }>;

/** A safetensors file as other programs write them: elements of a type, something before each name. */
function foreign(tensors: Numbers, code: keyof typeof stored, prefix = ''): string {
  const { bytes, put } = stored[code];
  const header: Record<string, unknown> = {};
  const parts: Uint8Array[] = [];
  let end = 0;
  for (const [name, { shape, data }] of tensors) {
    const view = new DataView(new ArrayBuffer(bytes * data.length));
    for (let i = 0; i < data.length; i += 1) put(view, i * bytes, data[i] ?? Number.NaN);
    header[`${prefix}${name}`] = { dtype: code, shape, data_offsets: [end, end + view.byteLength] };
    end += view.byteLength;
    parts.push(new Uint8Array(view.buffer));
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const path = join(scratchFolder(), 'foreign.safetensors');
  writeFileSync(path, Buffer.concat([length, json, ...parts]));
  return path;
}

const { model, recipe } = modelOf('m1');
const program = programsOf('m1', entryOf('m1').recipe, 'portable').trainStep(2);
const trained = new Map(
  [...stateOf('m1')].flatMap(([name, tensor]) =>
    tensor.dtype === 'float32' && !name.startsWith('optimizer.')
      ? [
          [
            name,
            float32(
              tensor.data.map((value) => value + 0.01),
              tensor.shape,
            ),
          ],
        ]
      : [],
  ),
);

/** Starts a run from a file; what it starts from, and what was said. */
async function start(path: string) {
  const lines: string[] = [];
  const logger = pino({ base: null }, { write: (line: string) => lines.push(JSON.parse(line).msg) });
  const { state } = await startingState(model, program, { recipe, initFrom: path }, () => model, logger);
  return { weights: new Map([...state].filter(([name]) => trained.has(name))), lines, path };
}

function mapped(tensors: TensorMap, change: (value: number) => number): TensorMap {
  return new Map(
    [...tensors].map(([name, { shape, data }]) => [name, float32(Array.from(data, Number).map(change), shape)]),
  );
}

describe('types that other programs save weights in', () => {
  const cut = (value: number): number => new Float32Array(Uint32Array.of(bitsOf(value) & 0xffff_0000).buffer)[0] ?? 0;

  it.each([
    ['BF16', 'bfloat16', cut],
    ['F16', 'float16', (value: number) => fromHalf(toHalf(value))],
    ['F64', 'float64', (value: number) => value],
  ] as const)('%s is converted, and that is said once', async (code, type, kept) => {
    const { weights, lines, path } = await start(foreign(trained, code));
    expect(digests(weights)).toEqual(digests(mapped(trained, kept)));
    expect(lines).toEqual([
      `'${path}': 8 tensors converted from ${type} to float32`,
      `starting from '${path}': 8 of 8 tensors matched`,
    ]);
  });

  it('refuses infinities and what is no number, in every type, by tensor and element', async () => {
    for (const code of ['BF16', 'F16', 'F32', 'F64'] as const)
      for (const odd of [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN])
        await expect(readWeights(foreign(new Map([['w', float32([-0, 1, odd])]]), code))).rejects.toThrow(
          `tensor 'w' holds ${odd} at element 2, finite numbers were expected`,
        );
  });

  it('are no checkpoint to resume from', async () => {
    await expect(readCheckpoint(foreign(trained, 'BF16'))).rejects.toThrow(
      "is no checkpoint as a run writes it: 'conv1.weight' is of the type BF16",
    );
  });

  it('refuses by its name a tensor with a number that float32 cannot hold', async () => {
    const path = foreign(new Map([['fc1.bias', { shape: [2], data: [1, -1e39] }]]), 'F64');
    await expect(readWeights(path)).rejects.toThrow(AtelierError);
    await expect(readWeights(path)).rejects.toThrow(
      `'${path}': tensor 'fc1.bias' holds -1e+39 in float64, which float32 cannot: expected numbers of at most 3.4e38 in size.`,
    );
  });
});

describe('names within wrappers', () => {
  it.each(['module.', '_orig_mod.', 'model.', 'module._orig_mod.', '_orig_mod.module.model.', 'net.'])(
    '%s is left out, and that is said once',
    async (prefix) => {
      const { weights, lines, path } = await start(foreign(trained, 'F32', prefix));
      expect(digests(weights)).toEqual(digests(trained));
      expect(lines).toEqual([
        `'${path}': all names begin with '${prefix}', which is left out`,
        `starting from '${path}': 8 of 8 tensors matched`,
      ]);
    },
  );

  const weightsOf = (...names: readonly string[]): TensorMap =>
    new Map(names.map((name): [string, Tensor] => [name, float32([1])]));
  const known = new Set(['model.a.weight', 'model.b.weight']);

  it.each([
    [
      "the model's own names begin alike",
      ['model.a.weight', 'model.b.weight'],
      '',
      ['model.a.weight', 'model.b.weight'],
    ],
    ['they are within another', ['model.model.a.weight'], 'model.', ['model.a.weight']],
    [
      'one name has no prefix',
      ['module.model.a.weight', 'model.b.weight'],
      '',
      ['module.model.a.weight', 'model.b.weight'],
    ],
    ['nothing is known without it', ['module.c.weight'], '', ['module.c.weight']],
    ['there are no names', [], '', []],
  ])('stay or go where %s', (_, names, prefix, left) => {
    const result = withoutWrapping(weightsOf(...names), known);
    expect(result.prefix).toBe(prefix);
    expect([...result.weights.keys()]).toEqual(left);
  });
});
