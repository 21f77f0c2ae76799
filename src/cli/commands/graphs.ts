import { join } from 'node:path';
import { UsageError } from '../../errors.ts';
import { said, setting } from '../../message.ts';
import { command } from '../command.ts';
import type { Arguments, Options } from '../options.ts';
import { formatTable } from '../output.ts';
import { checkpoint, modelNames } from '../shared-options.ts';

const args = {
  model: { default: 'all', description: `${modelNames.join(', ')} or all` },
} as const satisfies Arguments;

const options = {
  out: { type: 'text', value: 'FOLDER', default: 'artifacts/graphs', description: 'Where to write' },
  target: {
    type: 'choice',
    // `cpu-nchwc` is the blocked layout of the processor at hand; with a number, that of another.
    choices: ['portable', 'cpu-nchwc', 'cpu-nchwc8', 'cpu-nchwc16', 'ort-training'],
    defaultText: 'portable',
    description:
      "What to lower the training operators to: standard ones, the CPU provider's blocked layout (of this processor, or in " +
      "blocks of 8 or 16 channels), or ONNX Runtime's training artifacts",
  },
  from: {
    type: 'text',
    value: 'RUN',
    defaultText: 'fresh weights',
    description: 'Run folder whose recipe and weights the ort-training artifacts get',
  },
  checkpoint: { ...checkpoint, defaultText: 'last', description: 'Which checkpoint of --from' },
  'batch-size': { alias: 'b', type: 'whole', defaultText: "the recipe's", description: 'Images in a training step' },
  text: { type: 'switch', default: false, description: 'Also write each graph as text' },
} as const satisfies Options;

export const graphs = command({
  arguments: args,
  options,
  examples: ({ models: [one, other] }) => [
    [`graphs ${one}`, `writes artifacts/graphs/${one}/*.onnx and manifest.json`],
    [`graphs ${other} --target cpu-nchwc`, 'what `train` runs on the processor'],
    [`graphs ${one} --target ort-training --from artifacts/runs/x`, 'to go on training on another device'],
    ['graphs all --batch-size 32 --text', 'smaller steps, readable besides'],
  ],
  run: async ({ target = 'portable', from, checkpoint, ...request }, context) => {
    const { writeGraphs, writeTrainingArtifacts } = await import('../../training/write-graphs.ts');
    if (target === 'ort-training') {
      const written = await writeTrainingArtifacts({ ...request, from, checkpoint }, context);
      const rows = written.flatMap(({ directory, files }) =>
        files.map(({ file, nodes, bytes }) => [join(directory, file), nodes ?? '', bytes]),
      );
      return { text: formatTable(['file', 'nodes', 'bytes'], rows), json: written };
    }
    if (from !== undefined || checkpoint !== undefined)
      throw new UsageError(
        said`${setting('from')} and ${setting('checkpoint')} are for ${setting('target', 'ort-training')}: other graphs hold no weights`,
        { code: 'settings-exclude-each-other' },
      );
    const written = await writeGraphs(request, target, context);
    const rows = written.flatMap(({ directory, graphs: all }) =>
      all.map(({ file, nodes, bytes }) => [join(directory, file), nodes, bytes]),
    );
    return { text: formatTable(['graph', 'nodes', 'bytes'], rows), json: written };
  },
});
