import type { CommandEntry } from './command.ts';

/** All commands, in the order in which help lists them. Each is loaded when it is asked for. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'data',
    usage: '[data]',
    description: 'Find, fetch and verify a data set, or read and count pictures',
    load: async () => (await import('./commands/data.ts')).data,
  },
  {
    name: 'graphs',
    usage: '[model]',
    description: 'Emit the ONNX graphs of a model: training step, evaluation, prediction',
    load: async () => (await import('./commands/graphs.ts')).graphs,
  },
  {
    name: 'summary',
    usage: '<model>',
    description: 'Layers, output shapes, parameters and multiply-adds of a model',
    load: async () => (await import('./commands/summary.ts')).summary,
  },
  {
    name: 'train',
    usage: '[model]',
    description: 'Train a model; prints the run folder',
    load: async () => (await import('./commands/train.ts')).train,
  },
  {
    name: 'init',
    usage: '[folder]',
    description: 'Write a small experiment with a network of your own, to begin with',
    load: async () => (await import('./commands/init.ts')).init,
  },
  {
    name: 'runs',
    usage: '[run..]',
    description: 'List runs with their state and results, or remove some',
    load: async () => (await import('./commands/runs.ts')).runs,
  },
  {
    name: 'evaluate',
    usage: '<run..>',
    description: 'Metrics, classification report and confusion matrix of trained runs',
    load: async () => (await import('./commands/evaluate.ts')).evaluate,
  },
  {
    name: 'compare',
    usage: '<run..>',
    description: "Runs side by side, with intervals and tests, and against the report's numbers and claims",
    load: async () => (await import('./commands/compare.ts')).compare,
  },
  {
    name: 'predict',
    usage: '<run> <images..>',
    description: 'Classes and probabilities of picture files or images of the data set',
    load: async () => (await import('./commands/predict.ts')).predict,
  },
  {
    name: 'activations',
    usage: '<run>',
    description: 'Draws what the layers of a trained model make of images',
    load: async () => (await import('./commands/activations.ts')).activations,
  },
  {
    name: 'report',
    usage: '<run..>',
    description: 'Figures, report.md and one self-contained report.html of trained runs',
    load: async () => (await import('./commands/report.ts')).report,
  },
  {
    name: 'export',
    usage: '<run>',
    description: 'Write a trained model for other runtimes',
    load: async () => (await import('./commands/export.ts')).exportCommand,
  },
  {
    name: 'bench',
    usage: '',
    description: 'Speed side by side with PyTorch, TensorFlow.js and others, or over sizes (--scale)',
    load: async () => (await import('./commands/bench.ts')).bench,
  },
];
