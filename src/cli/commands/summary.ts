import { modelTitle, requireModel, usualDataset } from '../../context.ts';
import { type CommandResult, command } from '../command.ts';
import type { Arguments, Options } from '../options.ts';
import { formatTable } from '../output.ts';
import { experimentOption, type OwnContext, withOwn } from '../own/own.ts';
import { modelNames } from '../shared-options.ts';

const args = {
  model: { description: `${modelNames.join(', ')}, the file of your own (./net.ts), or a name of an experiment` },
} as const satisfies Arguments;
const options = { experiment: experimentOption } as const satisfies Options;

export const summary = command({
  arguments: args,
  options,
  examples: ({ models: [model] }) => [
    [`summary ${model}`, 'the table of one model'],
    ['summary ./net.ts', 'of your own network'],
  ],
  run: (values, context) => withOwn(values, context, summarized),
});

async function summarized({ model, context }: OwnContext): Promise<CommandResult> {
  const { summarized: summaryOf } = await import('../../training/suited.ts');
  const definition = requireModel(context, model);
  const { shape, classes } = await usualDataset(context);
  const dropout = context.experiment?.models[model]?.recipe.dropout ?? definition.dropout;
  const summary = summaryOf(definition, shape, classes.length, { dropout });
  const title = modelTitle(context, { model });
  const rows = summary.layers.map(({ name: layer, description, outputShape, parameters, macs }) => [
    layer,
    description,
    `[${outputShape.join(', ')}]`,
    parameters,
    macs,
  ]);
  const megabytes = ((summary.parameters * 4) / 1e6).toFixed(2);
  const text = [
    `${title}: input [${summary.inputShape.join(', ')}]`,
    '',
    formatTable(['layer', 'type', 'output', 'parameters', 'multiply-adds'], rows),
    '',
    `parameters: ${summary.parameters.toLocaleString('en')} (${megabytes} MB as float32)`,
    `running statistics: ${summary.buffers.toLocaleString('en')} elements`,
    `multiply-adds an image: ${summary.macs.toLocaleString('en')}`,
  ].join('\n');
  return { text, json: { title, ...summary } };
}
