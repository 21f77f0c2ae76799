import { AtelierError } from '../errors.ts';
import { formatCsvRow, parseCsv } from '../files/csv.ts';
import { readText } from '../files/json.ts';
import { byteLimits } from '../files/regular.ts';
import { formatFloat32 } from './float32.ts';
import { confidences, type Predictions } from './predictions.ts';

const columns = { index: 0, truth: 1, predicted: 2, correct: 3, confidence: 4, firstProbability: 5 } as const;
const leadingColumns = ['index', 'true_class', 'predicted_class', 'correct', 'confidence'];
const probabilityPrefix = 'probability:';

/**
 * The text of `predictions.csv`: index, true_class, predicted_class, correct, confidence, then one column
 * `probability:NAME` per class. Classes are written by name; each number is the shortest that reads back as the same
 * float32.
 */
export function predictionsCsv(predictions: Predictions): string {
  const { classNames, indices, labels, predicted, probabilities } = predictions;
  const classes = classNames.length;
  const confidence = confidences(predictions);
  const rows = Array.from(indices, (index, image) => {
    const [truth = 0, said = 0] = [labels[image], predicted[image]];
    const row = probabilities.subarray(image * classes, (image + 1) * classes);
    return formatCsvRow([
      index,
      classNames[truth] ?? '',
      classNames[said] ?? '',
      truth === said,
      formatFloat32(confidence[image] ?? 0),
      ...Array.from(row, formatFloat32),
    ]);
  });
  return formatCsvRow([...leadingColumns, ...classNames.map((name) => probabilityPrefix + name)]) + rows.join('');
}

/**
 * Reads the text of a `predictions.csv`.
 *
 * @param source its name in messages, usually the path
 * @throws AtelierError naming source, row and column where a cell is not what the header says
 */
export function parsePredictions(text: string, source: string): Predictions {
  const [header = [], ...rows] = parseCsv(text, source);
  const classNames = parseHeader(header, source);
  const classes = new Map(classNames.map((name, index) => [name, index]));
  const indices = new Int32Array(rows.length);
  const labels = new Int32Array(rows.length);
  const predicted = new Int32Array(rows.length);
  const probabilities = new Float32Array(rows.length * classes.size);
  const seen = new Set<number>();
  for (const [image, cells] of rows.entries()) {
    const row = new Row(header, cells, classes, `${source}: row ${image + 2}`);
    const truth = row.class(columns.truth);
    const said = row.class(columns.predicted);
    indices[image] = row.wholeNumber(columns.index, seen);
    labels[image] = truth;
    predicted[image] = said;
    const distribution = classNames.map((_, index) => row.probability(columns.firstProbability + index));
    probabilities.set(distribution, image * classes.size);
    row.expectSum(distribution);
    row.expectLargest(distribution, said);
    row.expect(columns.correct, String(truth === said));
    row.expect(columns.confidence, formatFloat32(Math.fround(distribution[said] ?? 0)));
  }
  return { classNames, indices, labels, predicted, probabilities };
}

function parseHeader(header: readonly string[], source: string): readonly string[] {
  const others = header.slice(columns.firstProbability);
  const names = others.map((column) => column.slice(probabilityPrefix.length));
  const sound =
    leadingColumns.every((column, index) => header[index] === column) &&
    others.every((column) => column.startsWith(probabilityPrefix)) &&
    names.length > 0 &&
    new Set(names).size === names.length;
  if (sound) return names;
  throw new AtelierError(
    `${source}: expected the columns ${leadingColumns.join(', ')} and one '${probabilityPrefix}NAME' per class, found '${header.join(', ').slice(0, 200)}'. Is it a predictions.csv?`,
    { code: 'file-damaged' },
  );
}

/** What float32 leaves of a sum of probabilities. */
const roundingOfSum = 1e-4;

/** One row's cells, read by column and checked. */
class Row {
  readonly #header: readonly string[];
  readonly #cells: readonly string[];
  readonly #classes: ReadonlyMap<string, number>;
  readonly #where: string;

  constructor(
    header: readonly string[],
    cells: readonly string[],
    classes: ReadonlyMap<string, number>,
    where: string,
  ) {
    this.#header = header;
    this.#cells = cells;
    this.#classes = classes;
    this.#where = where;
    if (cells.length !== header.length) {
      throw new AtelierError(
        `${where}: expected ${header.length} cells, found ${cells.length}. Evaluate the run again.`,
        { code: 'file-damaged' },
      );
    }
  }

  class(column: number): number {
    return this.#classes.get(this.#cell(column)) ?? this.#fail(column, 'a class of the header');
  }

  /** A number that none of the rows before has. */
  wholeNumber(column: number, seen: Set<number>): number {
    const cell = this.#cell(column);
    const number = /^\d{1,9}$/.test(cell) ? Number(cell) : this.#fail(column, 'a whole number');
    if (seen.has(number)) this.#fail(column, 'another image than in the rows above');
    seen.add(number);
    return number;
  }

  probability(column: number): number {
    const cell = this.#cell(column);
    const value = /^\d+(\.\d+)?(e-\d+)?$/.test(cell) ? Number(cell) : Number.NaN;
    return value <= 1 ? value : this.#fail(column, 'a number from 0 to 1');
  }

  expectSum(distribution: readonly number[]): void {
    const total = distribution.reduce((sum, share) => sum + share, 0);
    if (Math.abs(total - 1) <= roundingOfSum) return;
    throw new AtelierError(
      `${this.#where}: expected probabilities that add to 1, found a sum of ${total}. Evaluate the run again.`,
      { code: 'file-damaged' },
    );
  }

  /** The answer is a class that no other is more probable than. */
  expectLargest(distribution: readonly number[], predicted: number): void {
    const largest = Math.max(...distribution);
    if ((distribution[predicted] ?? 0) >= largest) return;
    this.#fail(columns.predicted, `the class of the largest probability, ${largest}`);
  }

  expect(column: number, value: string): void {
    if (this.#cell(column) !== value) this.#fail(column, `'${value}', going by the other columns`);
  }

  #cell(column: number): string {
    return this.#cells[column] ?? '';
  }

  #fail(column: number, expected: string): never {
    throw new AtelierError(
      `${this.#where}, column '${this.#header[column]}': expected ${expected}, found '${this.#cell(column)}'. Evaluate the run again.`,
      { code: 'file-damaged' },
    );
  }
}

/**
 * Reads a `predictions.csv`.
 *
 * @throws AtelierError with the path where it cannot be read or is not whole
 */
export async function readPredictions(path: string): Promise<Predictions> {
  return parsePredictions(await readText(path, byteLimits.lines), path);
}
