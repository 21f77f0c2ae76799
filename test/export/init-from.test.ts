import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, describe, expect, it } from 'vitest';
import { float32, type Tensor } from '../../graphs/ir/types.ts';
import { catalogue } from '../../graphs/models/catalogue.ts';
import type { Model } from '../../graphs/models/model.ts';
import { AtelierError, UsageError } from '../../src/errors.ts';
import { writeOnnx } from '../../src/export/write-onnx.ts';
import { writeSafetensors } from '../../src/export/write-safetensors.ts';
import { initFromPath, withWeights } from '../../src/training/init-from.ts';
import type { TensorMap } from '../../src/training/initialize.ts';
import { matchWeights } from '../../src/training/match-weights.ts';
import { readWeights } from '../../src/training/weights-file.ts';
import witness from '../fixtures/pytorch/models.json' with { type: 'json' };
import { modelOf, stateOf } from '../graphs/export/support.ts';
import { digests } from '../runtime/ort-training-support.ts';
import { imageSet, labelledSet, untrained } from './support.ts';

const work = mkdtempSync(join(tmpdir(), 'atelier-init-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));
const options = {
  form: { input: 'bytes', output: 'logits' },
  opset: 17,
  threads: 1,
  calibrationImages: async () => ({ calibration: imageSet(1, 1), trial: imageSet(1, 2) }),
  sampleImages: async () => labelledSet(3, 0),
} as const;

async function exported(model: 'm1' | 'm2', kind: 'onnx' | 'safetensors'): Promise<string> {
  const write = kind === 'onnx' ? writeOnnx : writeSafetensors;
  const { main, files } = await write(await untrained(work, model), options);
  const path = join(work, main);
  writeFileSync(path, files.get(main) ?? '');
  return path;
}

/** A logger that keeps its lines. */
function recorder() {
  const lines: string[] = [];
  const logger = pino({ base: null }, { write: (line: string) => lines.push(line) });
  return { logger, lines };
}

/** Builds a model for whatever images and classes as it is. */
const same = (model: Model) => () => model;

const zeroed = (state: ReadonlyMap<string, Tensor>) =>
  new Map([...state].map(([name, { shape }]): [string, Tensor] => [name, zeros(shape)]));
const zeros = (shape: readonly number[]): Tensor =>
  float32(new Float32Array(shape.reduce((product, size) => product * size, 1)), shape);

describe.each(['m1', 'm2'] as const)('%s', (model) => {
  const { model: built } = modelOf(model);
  const { network } = built;
  const state = stateOf(model);

  it('starts from its safetensors, every tensor matched', async () => {
    const path = await exported(model, 'safetensors');
    const { tensors: weights, converted } = await readWeights(path);
    expect(converted.size).toBe(0);
    expect(matchWeights(network, weights)).toMatchObject({ missing: [], unexpected: [], different: [] });
    const { logger, lines } = recorder();
    const { state: started, initTensors } = withWeights(zeroed(state), built, { weights, path }, same(built), logger);
    expect(initTensors).toEqual({ taken: network.parameters.length + network.buffers.length, anew: [], leftOut: [] });
    const parameters = (of: TensorMap) =>
      digests(network.parameters.map(({ name }) => [name, of.get(name) ?? zeros([0])] as const));
    expect(parameters(started)).toEqual(parameters(state));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/(\d+) of \1 tensors matched/);
  });

  it('starts from its ONNX file, which lacks nothing but counters', async () => {
    const { tensors: weights } = await readWeights(await exported(model, 'onnx'));
    const { missing, unexpected, different } = matchWeights(network, weights);
    expect(missing.filter((name) => !name.endsWith('num_batches_tracked'))).toEqual([]);
    expect([...unexpected, ...different]).toEqual([]);
    expect(weights.get('fc2.weight')).toEqual(state.get('fc2.weight'));
  });
});

describe('what does not match', () => {
  const { model } = modelOf('m1');
  const file = (weights: TensorMap, path = 'x.onnx') => ({ weights, path });
  const state = new Map([...stateOf('m1')].filter(([name]) => !name.startsWith('optimizer.')));

  it('is listed and warned of; what is missing starts as in a new run', () => {
    const weights = new Map(state);
    weights.delete('fc2.bias');
    weights.set('fc3.weight', zeros([3, 10]));
    const { logger, lines } = recorder();
    const start = withWeights(zeroed(state), model, file(weights, 'x.safetensors'), same(model), logger);
    expect(start.initTensors).toEqual({
      taken: 7,
      anew: [{ name: 'fc2.bias', shape: [10], inFile: null }],
      leftOut: ['fc3.weight'],
    });
    const { state: started } = start;
    expect(started.get('fc2.bias')).toEqual(zeros([10]));
    expect(started.get('fc2.weight')).toBe(state.get('fc2.weight'));
    expect(started.has('fc3.weight')).toBe(false);
    expect(lines.join()).toContain('7 of 8 tensors matched');
    expect(lines.join()).toContain("not in 'x.safetensors', so these start as in a new run: fc2.bias");
    expect(lines.join()).toContain("in 'x.safetensors' but not in m1, so these are left out: fc3.weight");
  });

  it('in shape or type is refused with both', () => {
    const weights = new Map(state).set('conv1.weight', zeros([64, 1, 3, 3]));
    const attempt = () => withWeights(state, model, file(weights), same(model), recorder().logger);
    expect(attempt).toThrow(AtelierError);
    expect(attempt).toThrow('conv1.weight: expected float32[32,1,3,3], found float32[64,1,3,3]');
    expect(attempt).toThrow('matched: 7 tensors');
  });

  it('at all is refused', () => {
    const weights = new Map([['layer.weight', zeros([2])]]);
    expect(() => withWeights(state, model, file(weights), same(model), recorder().logger)).toThrow(
      'none of its 1 tensors has a name of the model',
    );
  });
});

describe('a file that cannot be used', () => {
  it('of another kind', async () => {
    await expect(readWeights('weights.pt')).rejects.toThrow(UsageError);
    await expect(readWeights('weights.pt')).rejects.toThrow("expected a .safetensors or .onnx file, got 'weights.pt'");
  });

  it.each(['none.onnx', 'none.safetensors'])('%s, which is not there', async (name) => {
    await expect(readWeights(join(work, name))).rejects.toThrow('it does not exist');
  });

  it.each(['onnx', 'safetensors'] as const)('%s, cut short anywhere', async (kind) => {
    const whole = readFileSync(await exported('m2', kind));
    const torn = join(work, `torn.${kind}`);
    for (const share of [0.0001, 0.01, 0.5, 0.99]) {
      writeFileSync(torn, whole.subarray(0, Math.floor(whole.length * share)));
      await expect(readWeights(torn), String(share)).rejects.toThrow(AtelierError);
      await expect(readWeights(torn)).rejects.toThrow(/torn\..*(another copy)/);
    }
  });
});

it('records an absolute path', () => {
  expect(initFromPath(undefined)).toBeNull();
  expect(initFromPath('a.onnx')).toBe(join(process.cwd(), 'a.onnx'));
});

it('starts from a file of torchvision: names, shapes and counters are the same', async () => {
  const { names } = witness['mobilenet-v2'];
  let offset = 0;
  const header = Object.entries<readonly number[]>(names).map(([name, shape]) => {
    const counter = name.endsWith('num_batches_tracked');
    const begin = offset;
    offset += (counter ? 8 : 4) * shape.reduce((product, size) => product * size, 1);
    return [name, { dtype: counter ? 'I64' : 'F32', shape, data_offsets: [begin, offset] }];
  });
  const text = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const path = join(work, 'mobilenet_v2.safetensors');
  writeFileSync(path, Buffer.concat([length, text, Buffer.alloc(offset, 1)]));
  const { tensors } = await readWeights(path);
  const model = catalogue.find(({ name }) => name === 'mobilenet-v2');
  const network = model?.build({ channels: 3, height: 64, width: 64 }, 5).network;
  if (!network) throw new Error('no mobilenet-v2');
  const match = matchWeights(network, tensors);
  expect(match).toMatchObject({ missing: [], unexpected: [], different: [] });
  expect(match.matched).toHaveLength(Object.keys(names).length);
});
