/**
 * Where a report's pictures are: paths relative to it, with `/`. Whatever is left out is left out of the report; its
 * number stays unused, so that figures 1 to 11 are those of the original.
 */
export interface ReportFigures {
  /** Grid of sample images with class names. */
  readonly samples?: string;
  /** By `ReportedRun.name`. */
  readonly runs?: Readonly<Record<string, RunFigures>>;
  /** Accuracy and F1 of all runs, with their intervals. */
  readonly scores?: string;
  /** Precision, recall and F1 of each class, runs side by side. */
  readonly classScores?: string;
  /** Difference of recall and of F1 per class with intervals, of the first pair. */
  readonly recallDifferences?: string;
  readonly f1Differences?: string;
  /** Of what looking at the data has found. */
  readonly exploration?: ExplorationFigures;
}

/** The pictures of an exploration of the data. */
export interface ExplorationFigures {
  readonly means?: string;
  readonly duplicates?: string;
  /** By the plot's name. */
  readonly plots: Readonly<Record<string, string>>;
}

/** The pictures of one run. */
export interface RunFigures {
  /** Loss, accuracy and learning rate per epoch. */
  readonly curves?: string;
  readonly classificationReport?: string;
  /** Confusion matrix, normalised by true class. */
  readonly confusion?: string;
  /** The same as counts. */
  readonly confusionCounts?: string;
  /** Sheets of activation maps by tap: `conv1`, `stage1.0`. */
  readonly activations?: Readonly<Record<string, string>>;
  readonly confusedPairs?: string;
  readonly confidentMistakes?: string;
  readonly calibration?: string;
}
