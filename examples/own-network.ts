/**
 * A network of one's own on a data set that has a name: trained, evaluated and exported from a program.
 *
 * usage: node dist/examples/own-network.js [IMAGES]   (of training and validation; all of them by default)
 */
import {
  batchNorm2d,
  conv2d,
  defineModel,
  dropout,
  evaluate,
  exportRun,
  globalAveragePool2d,
  linear,
  maxPool2d,
  relu,
  sequential,
  train,
} from 'atelier';

const small = defineModel(
  ({ input, classes, dropout: [ratio = 0] }) =>
    sequential('small', [
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
  { name: 'small', title: 'two convolutions with batch normalization', dropout: [0.1] },
);

const limit = process.argv[2] === undefined ? undefined : Number(process.argv[2]);
const { run, best } = await train({
  model: small,
  data: 'fashion-mnist',
  recipe: { epochs: 2, optimizer: { lr: 0.003 } },
  limitTrain: limit,
  limitValidation: limit,
  observer: {
    epoch: ({ epoch, validation }) => {
      process.stderr.write(`epoch ${epoch}: ${validation.accuracy.toFixed(4)} of the validation images right\n`);
    },
  },
});
// The run keeps the network: from here on nobody needs its definition.
const { metrics } = await evaluate(run);
const [exported] = await exportRun(run, { out: `${run}/exports` });
process.stdout.write(
  `best epoch ${best?.epoch}: ${metrics.accuracy.toFixed(4)} of the test images right, ${exported?.directory}/${exported?.main}\n`,
);
