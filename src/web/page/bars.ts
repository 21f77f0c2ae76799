import { percentAtLeast } from '../../text/numbers.ts';
import { byId, make } from './dom.ts';

/** Characters; longer names take several lines. */
const longestName = 24;

/** A row with a bar for each class. Returns what shows probabilities. */
export function setUpBars(classes: readonly string[]): (probabilities: Float32Array) => void {
  const rows = classes.map((name) => {
    const row = make('tr');
    const track = make('span', '', { class: 'track' });
    const fill = make('span', '', { class: 'fill' });
    track.append(fill);
    const bar = make('td');
    bar.append(track);
    const number = make('td');
    row.append(make('th', name, { scope: 'row' }), bar, number);
    return { row, fill, number };
  });
  const table = byId('bars', HTMLTableSectionElement);
  table.append(...rows.map(({ row }) => row));
  const longest = Math.max(...classes.map((name) => [...name].length));
  table.style.setProperty('--name', `${Math.min(longestName, longest)}ch`);
  return (probabilities) => {
    const top = probabilities.indexOf(Math.max(...probabilities));
    rows.forEach(({ row, fill, number }, i) => {
      const share = probabilities[i] ?? 0;
      row.className = i === top ? 'top' : '';
      fill.style.width = `${100 * share}%`;
      number.textContent = percentAtLeast(share);
      // For programs that read the page; a person has the rounded number.
      row.dataset['probability'] = String(share);
    });
  };
}
