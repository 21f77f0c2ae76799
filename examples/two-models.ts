/**
 * Two models on data from memory: an experiment names them with their recipes, both are trained, held against each other, and
 * removed again.
 *
 * usage: node dist/examples/two-models.js [FOLDER]   (where the runs are kept meanwhile)
 */
import { join } from 'node:path';
import {
  channelStatistics,
  compare,
  conv2d,
  createContext,
  datasetInMemory,
  defaultRecipe,
  defineExperiment,
  defineModel,
  flatten,
  globalAveragePool2d,
  imagesInMemory,
  linear,
  loadModel,
  relu,
  removeRun,
  sequential,
  train,
  UsageError,
} from 'atelier';

/** Stripes that lie or stand, in shades of grey: uint8 [count, 1, 8, 8]. */
function stripes(count: number) {
  const images = Uint8Array.from({ length: count * 64 }, (_, i) => {
    const [row, column, kind] = [Math.floor(i / 8) % 8, i % 8, Math.floor(i / 64) % 2];
    return ((kind === 0 ? row : column) % 2) * 180 + ((i * 37) % 60);
  });
  const labels = Array.from({ length: count }, (_, i) => i % 2);
  return imagesInMemory({ channels: 1, height: 8, width: 8 }, images, labels);
}

const training = stripes(200);
const data = datasetInMemory(
  { name: 'stripes', title: 'Stripes', classes: ['lying', 'standing'], fingerprint: '0'.repeat(64) },
  { train: training, test: stripes(100) },
);
const { mean, std } = await channelStatistics(training);
const recipe = { epochs: 2, batchSize: 20, normalization: { mean, std } };
const experiment = defineExperiment({
  name: 'stripes',
  data: 'stripes',
  models: {
    conv: {
      model: defineModel(({ input, classes }) =>
        sequential('conv', [
          conv2d('conv', input.channels, 8, 3),
          relu('relu'),
          globalAveragePool2d('pool'),
          linear('fc', 8, classes),
        ]),
      ),
      recipe: { ...recipe, optimizer: { ...defaultRecipe.optimizer, lr: 0.03 } },
    },
    linear: {
      model: defineModel(({ input, classes }) =>
        sequential('linear', [flatten('flatten'), linear('fc', input.height * input.width, classes)]),
      ),
      recipe,
    },
  },
});
const context = createContext({ datasets: [data], experiment });
process.stdout.write(`${loadModel('conv', context).title}; of the catalogue: ${loadModel('m1').title}\n`);

const paths: string[] = [];
for (const model of Object.keys(experiment.models)) {
  const { run } = await train({ model, context, run: join(process.argv[2] ?? 'artifacts/runs', model) });
  paths.push(run);
}
const { runs: compared } = await compare(paths, { context });
for (const { label, accuracy } of compared) process.stdout.write(`${label}: ${accuracy.value.toFixed(4)}\n`);
try {
  await compare(paths.slice(1), { context });
} catch (error) {
  // Errors have codes: this request could not be done.
  if (!(error instanceof UsageError)) throw error;
  process.stdout.write(`${error.code}\n`);
}
for (const path of paths) await removeRun(path);
