import { z } from 'zod';
import { AtelierError } from '../errors.ts';
import { readJson } from '../files/json.ts';
import { weightsIdentitySchema } from '../training/weights-identity.ts';
import { type Confusion, classCounts, confusionMatrix, sum } from './confusion.ts';
import { checkScores, crossEntropy, predictedClasses, type Scores } from './scores.ts';

const share = z.number().min(0).max(1);
const count = z.int().nonnegative();
const averages = z.strictObject({ precision: share, recall: share, f1: share });
/** The most frequent class of the images, and the accuracy of an answer that is always this class. */
const majority = z.strictObject({ class: z.string(), accuracy: share });

/** What was evaluated: on which images, of which run, at which checkpoint. */
const subject = z.strictObject({
  model: z.string(),
  run: z.string(),
  checkpoint: z.string(),
  split: z.enum(['train', 'validation', 'test']),
  /** Which weights answered. Files of version 0.2 and before have it not. */
  weights: weightsIdentitySchema.optional(),
});

const metricsSchema = subject
  .extend({
    count: z.int().positive(),
    /** Mean cross-entropy in nats. */
    loss: z.number().nonnegative(),
    accuracy: share,
    /** Mean recall over the classes that occur. Files of version 0.2 and before have it not, nor the next. */
    balancedAccuracy: share.optional(),
    majority: majority.optional(),
    /** Means over the classes. */
    macro: averages,
    /** Means over the classes, weighted by support. */
    weighted: averages,
    classes: z.array(averages.extend({ name: z.string(), support: count })).nonempty(),
    /** Images by true class (row) and predicted class (column). */
    confusion: z.array(z.array(count)),
  })
  .superRefine(({ classes, confusion, count: images, ...given }, context) => {
    const fault = inconsistency(classes, confusion, images);
    if (fault !== undefined) {
      context.addIssue({ code: 'custom', message: fault, path: ['confusion'] });
      return;
    }
    for (const [path, found, expected] of countedAgain({ ...given, classes }, confusion))
      if (Math.abs(found - expected) > rounding)
        context.addIssue({
          code: 'custom',
          message: `expected ${expected} by the counts, found ${found}`,
          path: [...path],
        });
  })
  .transform((found) => {
    const names = found.classes.map(({ name }) => name);
    return { ...found, ...againstImbalance(found.confusion, names) };
  });

export type Subject = z.infer<typeof subject>;
/** The content of `metrics.json`, as {@link evaluate} returns it. */
export type Metrics = z.infer<typeof metricsSchema>;
export type Averages = z.infer<typeof averages>;
export type Majority = z.infer<typeof majority>;
/** Precision, recall and F1 (0 to 1) of one class, and how many images are of it: a part of {@link Metrics}. */
export type ClassMetrics = Metrics['classes'][number];

/** What the same sum may come to on another machine. */
const rounding = 1e-9;

/** What a file says beside its counts. */
interface StatedNumbers extends Pick<Metrics, 'classes' | 'accuracy' | 'macro' | 'weighted'> {
  readonly balancedAccuracy?: number | undefined;
  readonly majority?: Majority | undefined;
}

/** Every number of a file that its counts say too: where it stands, what is there, and what it must be. */
function countedAgain(
  { classes, accuracy, balancedAccuracy: balanced, majority: most, macro, weighted }: StatedNumbers,
  confusion: Confusion,
): readonly (readonly [path: readonly (string | number)[], found: number, expected: number])[] {
  const names = classes.map(({ name }) => name);
  const counted = classMetrics(confusion, names);
  const averages = (found: Averages, expected: Averages, ...path: readonly (string | number)[]) =>
    (['precision', 'recall', 'f1'] as const).map((name) => [[...path, name], found[name], expected[name]] as const);
  return [
    [['accuracy'], accuracy, accuracyOf(confusion)],
    ...(balanced === undefined ? [] : [[['balancedAccuracy'], balanced, balancedAccuracy(confusion)] as const]),
    ...(most === undefined
      ? []
      : [[['majority', 'accuracy'], most.accuracy, majorityOf(confusion, names).accuracy] as const]),
    ...averages(
      macro,
      average(counted, () => 1),
      'macro',
    ),
    ...averages(
      weighted,
      average(counted, ({ support }) => support),
      'weighted',
    ),
    ...classes.flatMap((found, index) => {
      const expected = counted[index];
      return expected === undefined ? [] : averages(found, expected, 'classes', index);
    }),
  ];
}

/** The share of right answers. */
function accuracyOf(confusion: Confusion): number {
  return sum(confusion.map((row, index) => row[index] ?? 0)) / sum(confusion.map(sum));
}

function inconsistency(classes: readonly { support: number }[], confusion: Confusion, images: number) {
  if (confusion.length !== classes.length || confusion.some((row) => row.length !== classes.length)) {
    return `expected ${classes.length} x ${classes.length} counts, one row and one column per class`;
  }
  const row = confusion.findIndex((counts, index) => sum(counts) !== classes[index]?.support);
  if (row !== -1) return `row ${row} does not add up to the class's support ${classes[row]?.support}`;
  const total = sum(confusion.map(sum));
  return total === images ? undefined : `the counts add up to ${total}, expected ${images} images`;
}

/**
 * Loss, accuracy, precision, recall and F1 as scikit-learn defines them (precision_recall_fscore_support with all classes
 * as labels, zero_division=0: 0 where a class is never predicted or never occurs, and such a class counts in the macro mean);
 * balanced accuracy and the accuracy of the most frequent class, for images of which some classes have many more than others.
 *
 * @param scores labels and logits float32[N,C]
 * @throws AtelierError where there is no image, a label is no class or a logit is not finite
 */
export function computeMetrics(evaluated: Subject, scores: Scores): Metrics {
  checkScores(scores);
  const { classNames, labels } = scores;
  const confusion = confusionMatrix(labels, predictedClasses(scores), classNames.length);
  const classes = classMetrics(confusion, classNames);
  const [first, ...others] = classes;
  if (first === undefined) throw new AtelierError('internal: metrics of a model without classes');
  const { model, run, checkpoint, split, weights } = evaluated;
  return {
    model,
    run,
    checkpoint,
    split,
    ...(weights === undefined ? {} : { weights }),
    count: labels.length,
    loss: crossEntropy(scores),
    accuracy: accuracyOf(confusion),
    ...againstImbalance(confusion, classNames),
    macro: average(classes, () => 1),
    weighted: average(classes, ({ support }) => support),
    classes: [first, ...others],
    confusion,
  };
}

/** Precision, recall and F1 of each class, from counts; rows are true classes. */
export function classMetrics(confusion: Confusion, classNames: readonly string[]): ClassMetrics[] {
  return classNames.map((name, index) => {
    const { right, support, predicted } = classCounts(confusion, index);
    return {
      name,
      precision: ratio(right, predicted),
      recall: ratio(right, support),
      // 2 P R / (P + R), multiplied out so that nothing is rounded twice.
      f1: ratio(2 * right, predicted + support),
      support,
    };
  });
}

/**
 * The mean recall of the classes that occur, as scikit-learn's balanced_accuracy_score: the accuracy that images of equally
 * frequent classes would have. Unlike the macro mean of the recall it leaves out classes without images.
 *
 * @param confusion rows are true classes; at least one has images
 */
export function balancedAccuracy(confusion: Confusion): number {
  const recalls = confusion.flatMap((row, index) => {
    const support = sum(row);
    return support === 0 ? [] : [(row[index] ?? 0) / support];
  });
  return sum(recalls) / recalls.length;
}

/** What a model must be better than: always the most frequent class; of equally frequent ones the first. */
export function majorityOf(confusion: Confusion, classNames: readonly string[]): Majority {
  const supports = confusion.map(sum);
  const most = Math.max(...supports);
  return { class: classNames[supports.indexOf(most)] ?? '', accuracy: most / sum(supports) };
}

function againstImbalance(confusion: Confusion, classNames: readonly string[]) {
  return { balancedAccuracy: balancedAccuracy(confusion), majority: majorityOf(confusion, classNames) };
}

/** A quotient that is 0 where there is nothing to divide by: scikit-learn's zero_division. */
export function ratio(numerator: number, denominator: number): number {
  return denominator === 0 ? 0 : numerator / denominator;
}

function average(classes: readonly ClassMetrics[], weight: (of: ClassMetrics) => number): Averages {
  const total = sum(classes.map(weight));
  const mean = (value: (of: ClassMetrics) => number): number =>
    sum(classes.map((one) => value(one) * weight(one))) / total;
  return {
    precision: mean(({ precision }) => precision),
    recall: mean(({ recall }) => recall),
    f1: mean(({ f1 }) => f1),
  };
}

/**
 * Checks a value read from `metrics.json`, that its counts agree with each other included.
 *
 * @throws AtelierError naming the field, what was expected and what was found
 */
export function parseMetrics(value: unknown): Metrics {
  const { data, error } = metricsSchema.safeParse(value);
  if (data !== undefined) return data;
  throw new AtelierError(`these are no metrics: ${z.prettifyError(error)}\nEvaluate the run again.`, {
    code: 'file-damaged',
    cause: error,
  });
}

/**
 * Reads a `metrics.json`.
 *
 * @throws AtelierError with the path where it cannot be read or is not whole
 */
export async function readMetrics(path: string): Promise<Metrics> {
  return readJson(path, parseMetrics);
}
