import { join } from 'node:path';
import { UsageError } from '../../errors.ts';
import { said, setting } from '../../message.ts';
import { type CommandContext, type CommandResult, command, type Values } from '../command.ts';
import type { Arguments, Options } from '../options.ts';
import { formatTable } from '../output.ts';
import { experimentOption, withOwn } from '../own/own.ts';
import { checkpoint, modelNames } from '../shared-options.ts';

const args = {
  model: { default: 'all', description: `${modelNames.join(', ')}, the file of your own (./net.ts), or all` },
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
  experiment: experimentOption,
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
  run: (values, context) =>
    // Graphs of all models are those of the catalogue.
    withOwn({ ...values, experiment: values.model === 'all' ? null : values.experiment }, context, (own) =>
      written({ ...values, model: own.model }, own.context),
    ),
});

async function written(
  { target = 'portable', from, checkpoint, ...request }: Values<typeof args, typeof options>,
  context: CommandContext,
): Promise<CommandResult> {
  const { writeGraphs, writeTrainingArtifacts } = await import('../../training/write-graphs.ts');
  if (target === 'ort-training') {
    const artifacts = await writeTrainingArtifacts({ ...request, from, checkpoint }, context);
    const rows = artifacts.flatMap(({ directory, files }) =>
      files.map(({ file, nodes, bytes }) => [join(directory, file), nodes ?? '', bytes]),
    );
    return { text: formatTable(['file', 'nodes', 'bytes'], rows), json: artifacts };
  }
  if (from !== undefined || checkpoint !== undefined)
    throw new UsageError(
      said`${setting('from')} and ${setting('checkpoint')} are for ${setting('target', 'ort-training')}: other graphs hold no weights`,
      { code: 'settings-exclude-each-other' },
    );
  const graphFiles = await writeGraphs(request, target, context);
  const rows = graphFiles.flatMap(({ directory, graphs: all }) =>
    all.map(({ file, nodes, bytes }) => [join(directory, file), nodes, bytes]),
  );
  return { text: formatTable(['graph', 'nodes', 'bytes'], rows), json: graphFiles };
}
