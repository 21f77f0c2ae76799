/**
 * A classifier of one's own pictures: a folder for each class, trained on, and asked about a picture.
 *
 * usage: node dist/examples/own-pictures.js FOLDER PICTURE [RUN]   (FOLDER/CLASS/PICTURE; RUN is where to keep the run)
 */
import { AtelierError, loadData, predict, train } from 'atelier';

const [folder, picture, run] = process.argv.slice(2);
if (folder === undefined || picture === undefined) {
  process.stderr.write('usage: node dist/examples/own-pictures.js FOLDER PICTURE [RUN]\n');
  process.exit(2);
}
try {
  const data = await loadData(folder, { imageSize: 32 });
  process.stderr.write(`${data.counts.train} pictures of ${data.classes.join(', ')}\n`);
  const trained = await train({
    model: 'm2',
    data: folder,
    dataOptions: { imageSize: 32 },
    recipe: { epochs: 3, batchSize: 16 },
    run,
  });
  const { predictions } = await predict(trained.run, [picture]);
  for (const { image, top } of predictions)
    for (const { class: name, probability } of top)
      process.stdout.write(`${image}: ${name} ${probability.toFixed(3)}\n`);
} catch (error) {
  // What a person can mend is said in a sentence; all else is a fault.
  if (!(error instanceof AtelierError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitCode;
}
