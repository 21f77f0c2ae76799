import { createHash } from 'node:crypto';
import { basename, resolve } from 'node:path';
import type { ImageShape } from '../../../graphs/models/model.ts';
import { AtelierError } from '../../errors.ts';
import { byteLimits, readRegular } from '../../files/regular.ts';
import { oneLine } from '../../text/printable.ts';
import { type Dataset, datasetInMemory, type SplitName } from '../dataset.ts';
import { countedByClass } from '../division.ts';
import { imageSize, imagesInMemory, type LabelledImages } from '../images.ts';
import { splitSizes } from '../splits.ts';
import { type NpyArray, parseNpy } from './npy.ts';
import type { DataOptions } from './options.ts';
import { checkEnough, sharesOf } from './shares.ts';
import { zipEntries } from './zip.ts';

/** What arrays of images may be called, as Keras writes them: `x_train`. */
const parts: readonly (readonly [ending: string, SplitName])[] = [
  ['train', 'train'],
  ['val', 'validation'],
  ['valid', 'validation'],
  ['validation', 'validation'],
  ['test', 'test'],
];
/** Arrays that name the classes. */
const classNames = ['class_names', 'classes', 'label_names'];
const mostChannels = 4;
const mostClasses = 100_000;

/**
 * The data set of arrays in an .npz file, as Keras writes them: `x_train` and `y_train`, perhaps `x_val` and `x_test` with
 * their labels. Images are [N, height, width] or [N, height, width, channels], of whole numbers from 0 to 255 or real ones
 * from 0 to 1 or to 255; labels are whole numbers from 0, [N] or [N, 1]. An array `class_names` names the classes.
 *
 * @throws AtelierError where an array is missing, holds objects, or does not fit the others, by its name
 */
export async function arraysDataset(path: string, options: DataOptions): Promise<Dataset> {
  const file = resolve(path);
  const bytes = await readRegular(file, byteLimits.tensors, 'read the arrays');
  const entries = zipEntries(bytes, path, byteLimits.tensors);
  const read = async (name: string): Promise<NpyArray | undefined> => {
    const entry = entries.find((one) => one.name === `${name}.npy` || one.name === name);
    return entry && parseNpy(await entry.read(), `'${name}' in '${path}'`);
  };
  const refuse = (problem: string) => new AtelierError(`'${path}': ${problem}`, { code: 'data-damaged' });
  const found = new Map<SplitName, LabelledImages>();
  let shape: ImageShape | undefined;
  for (const [ending, part] of parts) {
    const [x, y] = [await read(`x_${ending}`), await read(`y_${ending}`)];
    if (!x && !y) continue;
    if (!x || !y) throw refuse(`'${x ? 'x' : 'y'}_${ending}' has no '${x ? 'y' : 'x'}_${ending}' beside it.`);
    if (found.has(part)) throw refuse(`there are several ${part} parts. Leave one out.`);
    const own = shapeOf(x, `'${path}': 'x_${ending}'`);
    shape ??= own;
    if (imageSize(own) !== imageSize(shape) || own.height !== shape.height)
      throw refuse(`images of 'x_${ending}' have another size than the others. All must have one size.`);
    const labels = labelsOf(y, x.shape[0] ?? 0, `'${path}': 'y_${ending}'`);
    found.set(part, imagesInMemory(own, bytesOf(x, own, `'${path}': 'x_${ending}'`), labels));
  }
  const train = found.get('train');
  if (!train)
    throw refuse(
      `expected the arrays x_train and y_train, found ${entries.map(({ name }) => oneLine(name.replace(/\.npy$/, ''))).join(', ') || 'none'}.`,
    );
  const classes = await classesOf(found, read, refuse);
  const perClass = countedByClass(train.labels, classes.length);
  const isDivided = found.size > 1;
  const shares = sharesOf({ path, counts: { ...countsOf(found), train: train.count }, isDivided }, options);
  const dataset = datasetInMemory(
    {
      name: basename(file),
      title: basename(file),
      classes,
      fingerprint: createHash('sha256').update(bytes).digest('hex'),
      division: { ...shares, perClass },
      origin: { kind: 'arrays', path: file, ...shares, skipDamaged: false },
    },
    { ...Object.fromEntries(found), train },
  );
  checkEnough(path, dataset, splitSizes(dataset).validation);
  return dataset;
}

function countsOf(found: ReadonlyMap<SplitName, LabelledImages>): Partial<Record<SplitName, number>> {
  return Object.fromEntries([...found].map(([part, { count }]) => [part, count]));
}

function shapeOf({ shape, descr, numbers }: NpyArray, what: string): ImageShape {
  const [count = 0, height = 0, width = 0, channels = 1] = shape;
  const isImages = numbers !== undefined && [3, 4].includes(shape.length) && Math.min(count, height, width) > 0;
  if (isImages && channels >= 1 && channels <= mostChannels) return { channels, height, width };
  throw new AtelierError(
    `${what}: expected images, [N, height, width] or [N, height, width, channels] with up to ${mostChannels} channels, found ${descr} [${shape.join(', ')}].`,
    { code: 'data-damaged' },
  );
}

/** Pixels as bytes, channels first. */
function bytesOf({ numbers, shape }: NpyArray, { channels, height, width }: ImageShape, what: string): Uint8Array {
  const values = numbers ?? new Uint8Array();
  const scale = scaleOf(values, what);
  const area = height * width;
  const pixels = new Uint8Array(values.length);
  const count = shape[0] ?? 0;
  for (let image = 0; image < count; image += 1) {
    const start = image * area * channels;
    for (let pixel = 0; pixel < area; pixel += 1)
      for (let channel = 0; channel < channels; channel += 1)
        pixels[start + channel * area + pixel] = Math.round(scale * (values[start + pixel * channels + channel] ?? 0));
  }
  return pixels;
}

/** What makes the values levels from 0 to 255. */
function scaleOf(values: ArrayLike<number>, what: string): number {
  let [least, most] = [0, 0];
  let isWhole = true;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? 0;
    if (!(value >= 0 && value <= 255))
      throw new AtelierError(
        `${what}: expected levels from 0 to 255, or from 0 to 1, found ${value} at element ${i}. Scale the images before they are saved.`,
        { code: 'data-damaged' },
      );
    if (value > most) most = value;
    if (value < least) least = value;
    isWhole &&= Number.isInteger(value);
  }
  return most <= 1 && !(isWhole && values instanceof Uint8Array) ? 255 : 1;
}

function labelsOf({ shape, descr, numbers, texts }: NpyArray, count: number, what: string): Uint32Array {
  const refuse = (problem: string) => new AtelierError(`${what}: ${problem}`, { code: 'data-damaged' });
  const isList = shape.length === 1 || (shape.length === 2 && shape[1] === 1);
  if (!numbers || !isList) {
    const wayOut = texts
      ? 'class_names, y = numpy.unique(y, return_inverse=True) makes numbers of names.'
      : 'Of rows with a 1 for the class take numpy.argmax(y, 1).';
    throw refuse(`expected class numbers, [N] or [N, 1], found ${descr} [${shape.join(', ')}]. ${wayOut}`);
  }
  if (numbers.length !== count) throw refuse(`${numbers.length} labels for ${count} images.`);
  for (let i = 0; i < numbers.length; i += 1) {
    const label = numbers[i] ?? 0;
    if (!Number.isInteger(label) || label < 0 || label >= mostClasses)
      throw refuse(`label ${i} is ${label}, expected a class number from 0 on.`);
  }
  return Uint32Array.from(numbers);
}

async function classesOf(
  found: ReadonlyMap<SplitName, LabelledImages>,
  read: (name: string) => Promise<NpyArray | undefined>,
  refuse: (problem: string) => AtelierError,
): Promise<readonly string[]> {
  const used = new Set([...found.values()].flatMap(({ labels }) => [...new Set(labels)]));
  let names: readonly string[] | undefined;
  for (const name of classNames) names ??= (await read(name))?.texts;
  const count = names?.length ?? used.size;
  const beyond = [...used].find((label) => label >= count);
  if (beyond !== undefined)
    throw refuse(
      `label ${beyond} is out of range: ${names ? `${count} classes are named` : `${count} different labels were found`}, so that 0 to ${count - 1} were expected. Number the classes without gaps.`,
    );
  const trained = new Set(found.get('train')?.labels);
  const untrained = Array.from({ length: count }, (_, label) => label).find((label) => !trained.has(label));
  if (untrained !== undefined)
    throw refuse(`no image of x_train has the label ${untrained}. Each class needs some to learn from.`);
  if (count < 2)
    throw new AtelierError('the arrays hold images of one class; a classifier needs two at least.', {
      code: 'data-unsuited',
    });
  return names ?? Array.from({ length: count }, (_, label) => String(label));
}
