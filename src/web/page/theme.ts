import { byId } from './dom.ts';

type Colours = 'light' | 'dark' | 'system';

/** What the button says, and what it says to those who only point at it or hear it. */
const names: Readonly<Record<Colours, { readonly short: string; readonly long: string }>> = {
  dark: { short: 'Dark', long: 'Show in dark colours' },
  light: { short: 'Light', long: 'Show in light colours' },
  system: { short: 'As the system', long: 'Show as the system does' },
};

/** The button that goes through the colours: others than the system's, the system's own whatever it does, as the system. */
export function setUpTheme(): void {
  const button = byId('theme', HTMLButtonElement);
  const dark = matchMedia('(prefers-color-scheme: dark)');
  let chosen: Colours = 'system';
  const next = (): Colours => {
    const [own, other]: readonly [Colours, Colours] = dark.matches ? ['dark', 'light'] : ['light', 'dark'];
    return chosen === 'system' ? other : chosen === other ? own : 'system';
  };
  const show = () => {
    if (chosen === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = chosen;
    const { short, long } = names[next()];
    button.textContent = short;
    button.title = long;
    button.setAttribute('aria-label', long);
  };
  button.addEventListener('click', () => {
    chosen = next();
    show();
  });
  dark.addEventListener('change', show);
  show();
}
