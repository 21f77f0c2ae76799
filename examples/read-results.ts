/**
 * Reads what runs came to: the list of them, and how the newest one does on each class.
 *
 * usage: node dist/examples/read-results.js [FOLDER]   (the folder of the runs; artifacts/runs by default)
 */
import { evaluate, runs } from 'atelier';

const listed = await runs(process.argv[2]);
for (const { path, state, training } of listed) {
  const { best, epochs } = training ?? { best: null, epochs: null };
  const course = epochs === null ? '' : `, ${epochs.done} of ${epochs.planned} epochs`;
  const accuracy = best === null ? '' : `, ${best.accuracy.toFixed(4)} of the validation images right at best`;
  process.stdout.write(`${path}: ${state}${course}${accuracy}\n`);
}

const [newest] = listed
  .filter(({ training }) => training?.best)
  .toSorted((one, other) => (other.training?.created ?? '').localeCompare(one.training?.created ?? ''));
if (newest) {
  const { metrics } = await evaluate(newest.path);
  process.stdout.write(`${newest.path}: ${metrics.accuracy.toFixed(4)} of ${metrics.count} images right\n`);
  for (const { name, precision, recall } of metrics.classes)
    process.stdout.write(`${name}: precision ${precision.toFixed(4)}, recall ${recall.toFixed(4)}\n`);
}
