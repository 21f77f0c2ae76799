import { percent, percentAtLeast, thousands } from '../../text/numbers.ts';
import type { PageModel } from '../page-model.ts';
import { setUpBars } from './bars.ts';
import { lackOfBrowser } from './browser.ts';
import { type Classify, createClassifier, type Outcome, runtimeVersion } from './classifier.ts';
import { byId, drawPixels, make } from './dom.ts';
import { setUpLayers } from './layers.ts';
import { load } from './load.ts';
import { setUpMaps } from './maps.ts';
import { setUpPicture } from './picture.ts';
import { capital, setUpSamples } from './samples.ts';
import { setUpSketch } from './sketch.ts';
import { setUpTabs } from './tabs.ts';
import { setUpTheme } from './theme.ts';

/** The image that is shown, and what is known about it. */
interface Shown {
  readonly pixels: Uint8Array;
  /** For those who cannot see it: `test image 3`. */
  readonly name: string;
  /** The name of its class, where it is known. */
  readonly truth?: string;
}

/** Silence after which a verdict is spoken: while a stroke is drawn there is a new one every few milliseconds. */
const speakAfter = 600;

async function start(): Promise<void> {
  const status = byId('start-status', HTMLElement);
  const progress = byId('start-progress', HTMLProgressElement);
  byId('start', HTMLElement).classList.add('loading');
  byId('start-title', HTMLElement).textContent = 'Loading the model';
  byId('start-help', HTMLElement).hidden = true;
  const lack = lackOfBrowser();
  if (lack !== undefined) {
    byId('start-title', HTMLElement).textContent = 'This browser cannot run the model';
    status.textContent = lack;
    return;
  }
  progress.hidden = false;
  const loaded = await load((done, total) => {
    progress.value = done / total;
    status.textContent = `${megabytes(done)} of ${megabytes(total)} MB`;
  });
  const classify = await createClassifier(loaded);
  byId('start', HTMLElement).hidden = true;
  byId('page', HTMLElement).hidden = false;
  run(loaded.about, loaded.samples, classify);
}

function run(about: PageModel, sampleBytes: Uint8Array, classify: Classify): void {
  const { shape, classes, sampleSplit } = about;
  describe(about);
  setUpTheme();
  const input = byId('input', HTMLCanvasElement);
  const showBars = setUpBars(classes);
  const showMaps = setUpMaps(about);
  const showVerdict = setUpVerdict(classes);
  const chosenLayer = setUpLayers(about, () => refresh());

  let shown: Shown | undefined;
  let waiting = false;
  let working = false;
  /** Classifies the newest image; those that came while another was at work are skipped. */
  const refresh = async () => {
    waiting = true;
    if (working) return;
    working = true;
    try {
      while (waiting && shown) {
        waiting = false;
        const image = shown;
        const outcome = await classify(image.pixels, chosenLayer());
        drawPixels(input, image.pixels, shape);
        input.setAttribute('aria-label', `The model's input: ${image.name}`);
        showBars(outcome.probabilities);
        showMaps(outcome);
        showVerdict(outcome, image);
        // Lets the browser draw and take the next movement of the brush.
        await new Promise(requestAnimationFrame);
      }
    } finally {
      working = false;
    }
  };
  const show = (next: Shown) => {
    shown = next;
    refresh();
  };

  const chooseSample = setUpSamples(about, sampleBytes, ({ index, pixels, truth }) =>
    show({ pixels, truth, name: `${sampleSplit} image ${index}` }),
  );
  const sketch = setUpSketch(about, () => {
    chooseSample(-1);
    show({ pixels: sketch.pixels(), name: 'your drawing' });
  });
  const choose = setUpTabs(['samples', 'sketch', 'picture'], () => undefined);
  setUpPicture(
    about,
    () => choose('picture'),
    (pixels, name) => {
      chooseSample(-1);
      show({ pixels, name });
    },
  );
  byId('take', HTMLButtonElement).addEventListener('click', () => {
    if (shown) sketch.take(shown.pixels);
  });
  choose('samples');
  chooseSample(0);
}

function describe(about: PageModel) {
  const { title, dataset, metrics, parameters, model, run: name, checkpoint, epoch, producer, sampleSplit } = about;
  const whole = `${title} on ${dataset}`;
  document.title = whole;
  byId('title', HTMLElement).textContent = whole;
  const judged = metrics.find(({ split }) => split === sampleSplit);
  const accuracy = judged
    ? `, ${percent(judged.accuracy, 2)} of ${thousands(judged.count)} ${sampleSplit} images right`
    : '';
  byId('subtitle', HTMLElement).textContent = `${thousands(parameters)} parameters${accuracy}`;
  byId('about', HTMLElement).textContent =
    `Model ${model}, run ${name}, ${checkpoint} checkpoint after epoch ${epoch}. Exported by ${producer}, computed by ${runtimeVersion()} (MIT, Microsoft) as WebAssembly.`;
  describeImages(about);
}

/** What becomes of a picture, as the model's own did. */
const fitting = {
  crop: 'The middle of the picture is cut out',
  squash: "The whole picture is squashed into the proportions of the model's images",
  pad: "The whole picture is fitted into an image of the model's size",
} as const;

/** What there is to know about the images that the model takes. */
function describeImages({ shape, things, lightOnBlack, sampleSplit, preparation }: PageModel) {
  const size = `${shape.height} × ${shape.width}`;
  for (const place of document.querySelectorAll('.size')) place.textContent = size;
  const samples = `${capital(sampleSplit)} images`;
  byId('tab-samples', HTMLElement).textContent = samples;
  byId('samples', HTMLElement).setAttribute('aria-label', samples);
  const known = things ?? 'things';
  byId('sketch-hint', HTMLElement).textContent =
    (lightOnBlack
      ? `Draw light on black with mouse, finger or pen, and fill the shape: the model knows whole ${known}, not outlines.`
      : 'Draw in shades of grey with mouse, finger or pen, or start from an image and draw over it.') +
    ' With the keyboard: arrow keys move, the space bar puts the brush down and lifts it.';
  const ground = lightOnBlack
    ? `The model knows light ${known} on a black ground. A picture with a light ground is therefore inverted, and so is a ` +
      'dark one on a transparent ground; the box overrules that. '
    : '';
  const pixels = shape.channels === 1 ? 'grey pixels' : 'pixels in colour';
  byId('picture-hint', HTMLElement).textContent =
    `${ground}${fitting[preparation?.resize ?? 'pad']} and averaged down to ${size} ${pixels}, so that what it shows should fill it.`;
}

function setUpVerdict(classes: readonly string[]): (outcome: Outcome, image: Shown) => void {
  const verdict = byId('verdict', HTMLElement);
  const truthLine = byId('truth', HTMLElement);
  const spoken = byId('spoken', HTMLElement);
  let timer = 0;
  return ({ probabilities, milliseconds }, { truth, name }) => {
    const best = Math.max(...probabilities);
    const found = classes[probabilities.indexOf(best)] ?? '';
    verdict.replaceChildren(found, make('small', percentAtLeast(best)));
    const right = truth === undefined || truth === found;
    truthLine.className = right ? 'hint' : 'hint wrong';
    const known = truth === undefined ? name : right ? `${name}: correct` : `${name}, in truth: ${truth}`;
    truthLine.textContent = `${known} (computed in ${milliseconds.toFixed(0)} ms)`;
    clearTimeout(timer);
    timer = setTimeout(() => {
      spoken.textContent = `${name}: ${found}, ${percentAtLeast(best)}`;
    }, speakAfter);
  };
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

start().catch((error: unknown) => {
  byId('start-title', HTMLElement).textContent = 'The page could not be started';
  byId('start-status', HTMLElement).textContent = error instanceof Error ? error.message : String(error);
  byId('start-progress', HTMLElement).hidden = true;
  throw error;
});
