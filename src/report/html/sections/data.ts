import { type Child, html } from '../markup.ts';
import type { PageContext } from '../page-context.ts';
import { figure } from '../parts.ts';

/** The data set, with samples of each class. */
export function data(page: PageContext): Child {
  const { dataset } = page.report;
  const rows = page.sources.samples.map((samples, number) => {
    const name = dataset.classes[number] ?? '';
    return html`<div>${name}</div><div class="strip">${samples.map(({ index }) => page.picture(index, `${name}, #${index}`))}</div>`;
  });
  return html`<p>Fashion-MNIST holds 60,000 training and 10,000 test images of 28 × 28 grey pixels in ${dataset.classes.length} classes. 54,000 of the training images train, 6,000 validate; both models have the same split. The numbers here come from ${dataset.count.toLocaleString('en')} ${dataset.split} images.</p>
${figure(html`<div class="rows samples">${rows}</div>`, page.numbering.figure(), 'Sample images with their classes: the first of each class in the data set file.')}`;
}
