/**
 * The graphs themselves, with the builders alone: a training step with an optimizer put together by hand, as ONNX, lowered to
 * standard operators; and the gradient of a formula. Nothing is run.
 *
 * usage: node dist/examples/graphs.js
 */
import {
  adam,
  adamw,
  addDecayedWeights,
  catalogue,
  chain,
  clipByGlobalNorm,
  compile,
  correctPredictions,
  crossEntropy,
  deserializeModel,
  evalStep,
  Forward,
  float32,
  GraphBuilder,
  GraphError,
  gradients,
  inferenceGraph,
  initializers,
  inspect,
  int64,
  layers,
  optimizer,
  optimizerOf,
  predict,
  printGraph,
  scaleByAdam,
  scaleByLearningRate,
  serializeModel,
  sgd,
  summarize,
  tapNames,
  targets,
  trace,
  trainStep,
  unroll,
  zeros,
} from 'atelier/graphs';

// d/dx of the sum of x² for x of three elements.
const b = new GraphBuilder('squares');
const x = b.input('x', 'float32', [3]);
const sum = b.sum(b.mul(x, x));
b.output('gradient', gradients(b, sum, [x]).get('x') ?? sum);
process.stdout.write(`${printGraph(b.finish())}\n`);

// The step of a model of the catalogue. Optimizers are chains of transformations of gradients.
const [definition] = catalogue;
if (!definition) throw new GraphError('the catalogue is empty');
const model = definition.build({ channels: 1, height: 28, width: 28 }, 10);
const options = { model, normalization: { mean: [0.29], std: [0.35] } };
const ours = optimizer(
  'ours',
  chain(clipByGlobalNorm(1), addDecayedWeights(1e-4), scaleByAdam(), scaleByLearningRate()),
);
const momentum = optimizer('momentum', chain(trace(0.9), scaleByLearningRate()));
const ready = [
  adam(),
  adamw({ weightDecay: 0.01 }),
  sgd({ momentum: 0.9 }),
  optimizerOf({ name: 'sgd', lr: 0.1, momentum: 0, weightDecay: 0 }),
];
for (const one of [ours, momentum, ...ready]) {
  const step = compile(trainStep({ ...options, optimizer: one, batchSize: 16 }), targets.portable);
  const twice = unroll(step, 2); // two steps in one call of the runtime
  process.stdout.write(`${one.name}: ${step.graph.nodes.length} nodes, ${twice.graph.nodes.length} for two steps\n`);
}

// Programs that only read a state, and a graph with its weights inside, as an ONNX file has it.
const { layers: rows } = summarize(model);
for (const program of [predict(options), evalStep(options), inspect(options, tapNames(options).slice(0, 1))])
  process.stdout.write(
    `${program.name} of ${rows.length} layers returns ${program.outputs.map(({ name }) => name).join(', ')}\n`,
  );
const state = new Map(
  [...model.network.parameters, ...model.network.buffers].map(({ name, shape }) => [name, zeros('float32', shape)]),
);
const bytes = serializeModel(inferenceGraph(options, state, { input: 'bytes', output: 'both' }));
process.stdout.write(`${bytes.length} bytes of ONNX, ${deserializeModel(bytes).graph.nodes.length} nodes\n`);

// A layer's forward pass and a loss in a graph of one's own; `initializers` are what parameters begin as.
const own = new GraphBuilder('own');
const forward = new Forward(own, true);
const logits = layers
  .linear('fc', 4, 3, { initialize: initializers.normal(0.02) })
  .forward(forward, own.constant(float32(Array(8).fill(1), [2, 4])));
const labels = own.constant(int64([0, 2]));
own.output('loss', crossEntropy(own, logits, labels));
own.output('correct', correctPredictions(own, logits, labels));
process.stdout.write(`${printGraph(own.finish())}\n`);
