/**
 * A network of one's own on a data set that has a name: trained, evaluated and exported from a program.
 *
 * usage: node dist/examples/own-network.js [IMAGES]   (training images; all of them by default)
 */
import { createContext, defineModel, evaluate, exportRun, layers, loadData, train } from 'atelier';

const { conv2d, batchNorm2d, relu, maxPool2d, globalAveragePool2d, linear, dropout, sequential } = layers;

const small = defineModel({
  name: 'small',
  title: 'two convolutions with batch normalization',
  dropout: [0.1],
  build: (input, classes, { dropout: [ratio = 0] = small.dropout } = {}) => ({
    name: 'small',
    input,
    classes,
    figureLayers: ['conv1', 'conv2'],
    network: sequential('small', [
      conv2d('conv1', input.channels, 16, 3, { padding: 1, bias: false }),
      batchNorm2d('norm1', 16),
      relu('relu1'),
      maxPool2d('pool1', 2),
      conv2d('conv2', 16, 32, 3, { padding: 1, bias: false }),
      batchNorm2d('norm2', 32),
      relu('relu2'),
      globalAveragePool2d('pool2'),
      dropout('dropout', ratio),
      linear('fc', 32, classes),
    ]),
  }),
});

const limit = process.argv[2] === undefined ? undefined : Number(process.argv[2]);
const context = createContext({ models: [small] });
const { run, best } = await train({
  model: small,
  data: await loadData('fashion-mnist'),
  recipe: { epochs: 2, optimizer: { lr: 0.003 } },
  limitTrain: limit,
  context,
  observer: {
    epoch: ({ epoch, validation }) => {
      process.stderr.write(`epoch ${epoch}: ${validation.accuracy.toFixed(4)} of the validation images right\n`);
    },
  },
});
const { metrics } = await evaluate(run, { context });
const [{ directory, main } = { directory: '', main: '' }] = await exportRun(run, { out: `${run}/exports`, context });
process.stdout.write(
  `best epoch ${best?.epoch}: ${metrics.accuracy.toFixed(4)} of the test images right, ${directory}/${main}\n`,
);
