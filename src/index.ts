/** The public library. What is not exported here may change at any time. */

// A program that computes in threads of its own only has to import the library in its main thread first.
import './runtime/telemetry.ts';

export {
  type BuildNetwork,
  type BuildRequest,
  type DefineModelOptions,
  defineModel,
} from '../graphs/models/define-model.ts';
export type { ImageShape, Model, ModelDefinition, ModelOptions, ModelSource } from '../graphs/models/model.ts';
export type { LayerSummary, ModelSummary } from '../graphs/models/summary.ts';
export * from '../graphs/nn/layers.ts';
export * as layers from '../graphs/nn/layers.ts';
export type { Module } from '../graphs/nn/module.ts';
export type { Context, DatasetRequest } from './context.ts';
export {
  type Dataset,
  type DatasetDescription,
  datasetInMemory,
  type OpenedPart,
  type SplitName,
} from './data/dataset.ts';
export { type ImageFile, imagesInFile, imagesInMemory, type LabelledImages } from './data/images.ts';
export { type ChannelStatistics, channelStatistics } from './data/statistics.ts';
export { AtelierError, type ErrorCode, type ExitCode, errorCodes, InterruptedError, UsageError } from './errors.ts';
export type { Comparison, ComparisonOptions } from './evaluation/comparison/compare.ts';
export type { Evaluation, EvaluationOptions } from './evaluation/evaluate-run.ts';
export type { ListedRun } from './evaluation/listed-run.ts';
export type { ClassMetrics, Metrics } from './evaluation/metrics.ts';
export type { PredictedImages, Prediction, PredictOptions } from './evaluation/predict-images.ts';
export type { Experiment, ExperimentModel, Introduction, LayerFigure } from './experiment.ts';
export type {
  ActivationOptions,
  ActivationsObserver,
  ActivationsProgress,
  DrawnActivations,
} from './explanation/draw-activations.ts';
export type { Exploration, ExploredGroup, ExploredImage } from './exploration/exploration.ts';
export type { Exported, ExportOptions } from './export/export-run.ts';
export { type ExportFormat, exportFormats } from './export/formats.ts';
export type { Failure, OnFailure, Several } from './failures.ts';
export {
  activations,
  type Computing,
  type ContextOptions,
  compare,
  createContext,
  evaluate,
  explore,
  exportRun,
  loadData,
  loadExperimentFile,
  loadModel,
  loadModelFile,
  predict,
  removeRun,
  report,
  runs,
  summary,
  type Trained,
  type TrainOptions,
  train,
} from './library.ts';
export type { Message, MessageWording } from './message.ts';
export { defaultRecipe } from './recipe/defaults.ts';
export { RecipeError, type RecipeProblem } from './recipe/recipe-error.ts';
export type { Recipe } from './recipe/schema.ts';
export type { ExploreOptions, WrittenExploration } from './report/exploration/write-exploration.ts';
export type { WriteReportOptions, WrittenReport } from './report/write-report.ts';
export type { Ending, TrainingObserver } from './training/fit.ts';
export type { EpochRecord } from './training/history.ts';
export type { Progress } from './training/progress.ts';
export type { RunState, RunSummary, TrainingSummary } from './training/run-summary.ts';
export {
  defineExperiment,
  type ExperimentDefinition,
  type ExperimentModelDefinition,
  type PartialRecipe,
} from './user-code/define-experiment.ts';
export type { WorkObserver, WorkProgress } from './work-observer.ts';
