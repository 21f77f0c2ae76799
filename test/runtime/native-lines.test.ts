/** What the runtime itself would write to standard error: nothing, whatever fails. */
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { GraphBuilder } from '../../graphs/ir/builder.ts';
import { serializeModel } from '../../graphs/ir/serialize.ts';
import { bundledModule } from '../bundled.ts';

/** Tensors of one symbolic length, which turn out to be of two: found out only when it runs. */
function unequal(): Uint8Array {
  const b = new GraphBuilder('sum');
  const terms = [b.input('one', 'float32', ['n']), b.input('other', 'float32', ['n'])] as const;
  b.output('sum', b.op('Add', terms, {}));
  return serializeModel(b.finish());
}

it('is silent where a model is damaged, a device is not there, and a graph fails while it runs', async () => {
  const model = Buffer.from(unequal()).toString('base64');
  const script = `
    import { Session } from '${await bundledModule('src/runtime/session.ts')}';
    import { Tensor } from 'onnxruntime-node';
    const told = (error) => console.log(error.message);
    const model = Buffer.from('${model}', 'base64');
    const options = { device: 'cpu', threads: 1 };
    await Session.load(model.subarray(0, 40), 'damaged', options).catch(told);
    await Session.load(model, 'elsewhere', { ...options, device: 'tensorrt' }).catch(told);
    const session = await Session.load(model, 'sum', options);
    const vector = (length) => new Tensor('float32', new Float32Array(length), [length]);
    await session.run({ one: vector(2), other: vector(3) }).catch(told);`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(stdout).toMatch(
    /refuses graph 'damaged' on cpu: .+\n.*'elsewhere' on tensorrt: .+\ngraph 'sum' failed: .+Add/,
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
}, 60_000);
