import { summarize } from '../../../graphs/models/summary.ts';
import { modelTitle, requireModel } from '../../context.ts';
import type { Run } from '../command.ts';
import { formatTable } from '../output.ts';
import { usualDataset } from '../usual-data.ts';
import type { SummaryOptions } from './summary.ts';

export const run: Run<SummaryOptions> = async ({ model = '' }, context) => {
  const definition = requireModel(context, model);
  const { shape, classes } = await usualDataset(context);
  const dropout = context.experiment?.models[model]?.recipe.dropout ?? definition.dropout;
  const summary = summarize(definition.build(shape, classes.length, { dropout }));
  const title = modelTitle(context, model);
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
};
