import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { contentOf, copyFolder, workFolder } from './folders.ts';
import { atelier, expectRefusal, logOf, succeed, warningsOf } from './program.ts';
import { machine } from './settings.ts';

const work = workFolder();
const run = join('artifacts', 'runs', 'a');
const report = z.array(
  z.looseObject({
    format: z.string(),
    directory: z.string(),
    main: z.string(),
    verification: z.nullable(
      z.looseObject({ images: z.number(), largestDifference: z.number(), agreeing: z.number(), compared: z.string() }),
    ),
  }),
);

/** Runs the program and expects one message, and every file below the work folder as it was. */
async function expectUntouched(args: readonly string[], code: 1 | 2, ...parts: readonly (string | RegExp)[]) {
  const before = contentOf(work);
  expectRefusal(await atelier(args, work), code, ...parts);
  expect(contentOf(work)).toEqual(before);
}

beforeAll(() => {
  copyFolder(join(inject('runs'), 'm1'), join(work, run));
});

describe('export', () => {
  it('writes every format with a model card, below artifacts/exports by default', async () => {
    const { stdout } = await succeed(['export', run, '--format', 'all', '--json'], work);
    const exported = report.parse(JSON.parse(stdout));
    expect(exported.map(({ format }) => format)).toEqual([
      'onnx',
      'onnx-fp16',
      'onnx-int8',
      'ort',
      'safetensors',
      'tfjs',
      'web',
    ]);
    for (const { format, directory, main } of exported) {
      expect(directory).toBe(join('artifacts', 'exports', 'a', format));
      for (const file of [main, 'README.md', 'export.json'])
        expect(existsSync(join(work, directory, file)), `${directory}/${file}`).toBe(true);
    }
    expect(existsSync(join(work, 'artifacts', 'exports', 'a', 'tfjs', 'group1-shard1of1.bin'))).toBe(true);
  });

  it('the same run gives the same bytes', async () => {
    // Not ort: the runtime writes its format in an order of its own.
    const formats = ['-f', 'onnx-int8', '-f', 'onnx,onnx-fp16,safetensors'];
    const models = async (out: string) => {
      await succeed(['export', run, ...formats, '--threads', '1', '--out', out], work);
      const files = Object.entries(contentOf(join(work, out)));
      return files
        .filter(([path]) => /\.(onnx|safetensors)$/.test(path))
        .map(([path, hash]) => [path.split('/').at(-1), hash]);
    };
    const first = await models('first');
    expect(first).toHaveLength(4);
    expect(await models('second')).toEqual(first);
  });

  it('verifies what it wrote on 1,000 test images', async () => {
    const formats = ['--format', 'onnx', '--format', 'onnx-fp16', '--format', 'ort', '--format', 'safetensors'];
    const options = ['--verify', '--json', '--out', 'verified', '--opset', '13', '--input', 'normalized'];
    const { stdout } = await succeed(['export', run, ...formats, ...options, '--checkpoint', 'last'], work);
    for (const { format, verification } of report.parse(JSON.parse(stdout))) {
      expect(verification).toMatchObject({ images: 1000, compared: 'logits' });
      expect(verification?.largestDifference, format).toBeLessThan(format === 'onnx-fp16' ? 0.02 : 1e-4);
      expect(verification?.agreeing).toBeGreaterThan(format === 'onnx-fp16' ? 985 : 998);
    }
    expect(readFileSync(join(work, 'verified', 'onnx', 'README.md'), 'utf8')).toContain(
      'on the first 1,000 test images in onnxruntime-node',
    );
  });
});

describe('export refuses', () => {
  it('an unknown format', async () => {
    const parts = ["unknown format 'onx'", 'onnx-int8, ort, safetensors, tfjs, web and all', "Did you mean 'onnx'?"];
    await expectUntouched(['export', run, '--format', 'onx'], 2, ...parts);
  });

  it.each([
    ['12', 'from 13 to 21'],
    ['22', 'from 13 to 21'],
    ['17.5', 'from 13 to 21'],
    ['x', "expected a whole number, got 'x'"],
  ])('opset %s', async (opset, reason) => {
    await expectUntouched(['export', run, '--opset', opset], 2, '--opset', reason);
  });

  it('a folder that is no run', async () => {
    await expectUntouched(['export', 'artifacts'], 2, "'artifacts' is no run folder");
  });

  it('a run without that checkpoint', async () => {
    const bare = copyFolder(join(work, run), join(work, 'bare'));
    rmSync(join(bare, 'checkpoints', 'best.safetensors'));
    await expectUntouched(['export', 'bare'], 1, "'bare' has no best checkpoint");
  });

  it('weights of another model', async () => {
    const changed = copyFolder(join(work, run), join(work, 'changed'));
    const path = join(changed, 'config.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"model": "m1"', '"model": "m2"'));
    await expectUntouched(['export', 'changed'], 1, 'is a checkpoint of model m1, the run is of model m2');
  });

  it('a place that cannot be written to', async () => {
    writeFileSync(join(work, 'note'), 'Dear');
    await expectUntouched(['export', run, '--out', 'note'], 1, `cannot create the folder '${join('note', 'onnx')}'`);
    mkdirSync(join(work, 'taken'));
    writeFileSync(join(work, 'taken', 'onnx'), 'Dear');
    await expectUntouched(['export', run, '--out', 'taken'], 1, join('taken', 'onnx'));
  });
});

describe('train --init-from', () => {
  const weights = join('weights', 'onnx', 'm1.onnx');
  const short = ['train', 'm1', ...machine, '--limit-train', '40', '--limit-val', '40', '--batch-size', '40'];
  beforeAll(async () => {
    await succeed(['export', run, '--format', 'onnx', '--format', 'safetensors', '--out', 'weights'], work);
  });

  it('gives the same run from an ONNX file, a safetensors file and the checkpoint itself', async () => {
    const sources = [
      weights,
      join('weights', 'safetensors', 'm1.safetensors'),
      join(run, 'checkpoints', 'best.safetensors'),
    ];
    const results: unknown[] = [];
    for (const [i, source] of sources.entries()) {
      const folder = `from-${i}`;
      const outcome = await succeed([...short, '--epochs', '1', '--run', folder, '--init-from', source], work);
      expect(warningsOf(outcome)).toEqual([]);
      expect(logOf(outcome).map(({ msg }) => msg)).toContainEqual(expect.stringContaining('8 of 8 tensors matched'));
      const config: unknown = JSON.parse(readFileSync(join(work, folder, 'config.json'), 'utf8'));
      expect(config).toMatchObject({ initFrom: join(work, source) });
      results.push(contentOf(join(work, folder, 'checkpoints'))[join(work, folder, 'checkpoints', 'last.safetensors')]);
    }
    expect(new Set(results).size).toBe(1);
  });

  it('refuses weights of other shapes with both, before anything is written', async () => {
    const args = ['train', 'm2', ...machine, '--limit-train', '40', '--batch-size', '40', '--run', 'never'];
    const parts = ['fc1.weight: expected float32[128,128], found float32[128,9216]', 'missing: stages.0.0.weight'];
    await expectUntouched([...args, '--init-from', weights], 1, ...parts);
  });

  it('refuses a file that is cut short, missing, or of another kind', async () => {
    const whole = readFileSync(join(work, weights));
    writeFileSync(join(work, 'torn.onnx'), whole.subarray(0, whole.length / 2));
    const args = [...short, '--run', 'never', '--init-from'];
    await expectUntouched([...args, 'torn.onnx'], 1, "cannot take weights from '", 'cut short');
    await expectUntouched([...args, 'none.onnx'], 1, 'none.onnx', 'it does not exist');
    await expectUntouched([...args, 'weights.pt'], 2, 'expected a .safetensors or .onnx file');
  });

  it('refuses to go with --resume', async () => {
    const args = ['train', 'm1', '--resume', '--run', run, '--init-from', weights];
    await expectUntouched(args, 2, '--init-from and --resume exclude each other');
  });
});
