/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { TooltipHandler, View } from 'vega';
import type { Fluidity, PageChart } from './page-charts.ts';
import type { Patch } from './patch.ts';
import type { Recolouring } from './recolouring.ts';

/** Vega as its own build leaves it on the page. */
type Vega = typeof import('vega');

/**
 * What the page does. The page holds this function's own text, so all that it uses is inside it.
 *
 * @param vega Vega's library
 * @param charts by the name that `data-chart` has
 * @param recolouring makes dark sheets of light ones
 */
export function runPage(
  vega: Vega,
  charts: Readonly<Record<string, PageChart>>,
  recolouring: Recolouring | null,
): void {
  const root = document.documentElement;
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const all = <E extends HTMLElement>(selector: string, kind: new () => E): readonly E[] =>
    [...document.querySelectorAll(selector)].filter((element): element is E => element instanceof kind);

  // Charts

  interface Drawn {
    readonly view: View;
    /** Of the room that it was drawn for. */
    readonly width: number;
  }
  const drawn = new Map<HTMLElement, Drawn>();
  let printing = false;

  const isDark = (): boolean =>
    !printing && (root.dataset['theme'] === undefined ? dark.matches : root.dataset['theme'] === 'dark');

  function draw(host: HTMLElement, width: number): void {
    const chart = charts[host.dataset['chart'] ?? ''];
    if (chart === undefined) return;
    drawn.get(host)?.view.finalize();
    const narrow = width < chart.roomy ? chart.narrow : null;
    const { fluid } = narrow ?? chart.wide;
    const light = patched(chart.wide.spec, narrow?.patch ?? null);
    const colours = narrow === null ? chart.dark.wide : chart.dark.narrow;
    // Vega writes into what it is given.
    const spec = structuredClone(isDark() ? patched(light, colours) : light);
    // A finger moves the page, not the curves.
    const coarse = matchMedia('(pointer: coarse)').matches ? { events: { view: ['click'], window: false } } : {};
    const view = new vega.View(vega.parse(spec, coarse), {
      renderer: 'svg',
      container: host,
      hover: true,
      tooltip,
      logLevel: vega.Error,
    });
    drawn.set(host, { view, width });
    // The room beside a plot, for its axis, is known only when it has been drawn once.
    view
      .runAsync()
      .then(() => fit(view, host, fluid, width))
      .then(markOverflow);
  }

  /** A value with a patch's changes; what does not change is shared. */
  function patched<T>(value: T, patch: Patch): T;
  function patched(value: unknown, patch: Patch): unknown {
    if (patch === null) return value;
    if ('to' in patch) return patch.to;
    const copy: unknown = Array.isArray(value) ? [...value] : Object.assign({}, value);
    for (const [name, part] of Object.entries(patch.in)) {
      if (typeof copy === 'object' && copy !== null) Reflect.set(copy, name, patched(Reflect.get(copy, name), part));
    }
    return copy;
  }

  async function fit(view: View, host: HTMLElement, fluid: Fluidity | null, width: number): Promise<void> {
    if (fluid === null) return;
    // A narrower plot may have other ticks, and these other labels: so the second try is the one that fits.
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const svg = host.querySelector('svg');
      const now: unknown = view.signal(fluid.signal);
      if (svg === null || typeof now !== 'number') return;
      const wanted = Math.floor(now + (width - svg.width.baseVal.value - 2) / fluid.plots);
      const next = Math.max(fluid.least, Math.min(fluid.most, wanted));
      if (next === now) return;
      await view.signal(fluid.signal, next).resize().runAsync();
    }
  }

  const hosts = all('.chart', HTMLElement);
  // Also tells when a hidden chart is shown for the first time: it has a width then.
  const observer = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
      if (!(target instanceof HTMLElement) || contentRect.width < 1 || printing) continue;
      if (Math.abs((drawn.get(target)?.width ?? 0) - contentRect.width) >= 1) draw(target, contentRect.width);
    }
  });
  for (const host of hosts) observer.observe(host);

  function redraw(): void {
    for (const [host, { width }] of drawn) draw(host, width);
  }

  // What the pointer is on

  const tip = document.createElement('div');
  tip.className = 'tip';
  tip.hidden = true;
  document.body.append(tip);

  function tooltip(...[, event, , value]: Parameters<TooltipHandler>): void {
    tip.hidden = typeof value !== 'object' || value === null;
    if (tip.hidden || !(event instanceof MouseEvent)) return;
    const table = document.createElement('table');
    for (const [name, text] of Object.entries(value)) {
      const row = table.insertRow();
      const head = document.createElement('th');
      head.textContent = name;
      row.append(head);
      row.insertCell().textContent = String(text);
    }
    tip.replaceChildren(table);
    const { width, height } = tip.getBoundingClientRect();
    const left = event.clientX + 14 + width > innerWidth ? event.clientX - 14 - width : event.clientX + 14;
    tip.style.left = `${Math.max(4, left)}px`;
    tip.style.top = `${Math.max(4, Math.min(event.clientY + 14, innerHeight - height - 4))}px`;
  }
  addEventListener('scroll', () => {
    tip.hidden = true;
  });

  // Zoom by buttons

  /** The signals that hold which epochs the panels show; null for all. */
  const domains = ['zoom_loss_epoch', 'zoom_accuracy_epoch'];

  function zoom(view: View, action: string): void {
    const scale: unknown = view.scale('concat_0_x');
    if (typeof scale !== 'function' || !('domain' in scale) || typeof scale.domain !== 'function') return;
    const [low, high]: readonly number[] = scale.domain();
    if (low === undefined || high === undefined) return;
    const span = high - low;
    const moves: Readonly<Record<string, readonly [number, number]>> = {
      in: [span / 4, -span / 4],
      out: [-span / 2, span / 2],
      left: [-span / 4, -span / 4],
      right: [span / 4, span / 4],
    };
    const move = moves[action];
    for (const domain of domains) view.signal(domain, move === undefined ? null : [low + move[0], high + move[1]]);
    if (move === undefined) for (const metric of ['loss', 'accuracy']) view.signal(`zoom_${metric}_${metric}`, null);
    view.run();
  }

  for (const button of all('[data-zoom]', HTMLButtonElement)) {
    button.addEventListener('click', () => {
      const id = button.closest<HTMLElement>('[data-zooms]')?.dataset['zooms'];
      const host = hosts.find(({ dataset }) => dataset['chart'] === id);
      const view = host && drawn.get(host)?.view;
      if (view !== undefined) zoom(view, button.dataset['zoom'] ?? '');
    });
  }

  // Switches

  function choose(name: string, value: string): void {
    for (const panel of all('.panel', HTMLElement)) {
      if (panel.dataset['of'] === name) panel.hidden = panel.dataset['value'] !== value;
    }
    markOverflow();
  }
  for (const list of all('.switch select', HTMLSelectElement)) {
    list.addEventListener('change', () => choose(list.name, list.value));
    choose(list.name, list.value);
  }
  for (const input of all('.switch input', HTMLInputElement)) {
    input.addEventListener('change', () => choose(input.name, input.value));
    // Firefox keeps the choice when the page is loaded again.
    if (input.checked) choose(input.name, input.value);
  }

  // What can be scrolled can be reached by the keyboard, and nothing else

  function markOverflow(): void {
    for (const box of all('.scroll, .chart', HTMLElement)) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute('tabindex');
    }
  }
  addEventListener('resize', markOverflow);

  // Light and dark

  const toggle = document.querySelector('button.theme');
  /** What the button says, and what it says to those who only point at it or hear it. */
  const themeNames: Readonly<Record<string, readonly [short: string, long: string]>> = {
    dark: ['Dark', 'Show in dark colours'],
    light: ['Light', 'Show in light colours'],
    system: ['As the system', 'Show as the system does'],
  };
  /** After the system's colours come the others, then the system's own whatever it does, then again as the system. */
  function nextTheme(): string {
    const [own, other] = dark.matches ? ['dark', 'light'] : ['light', 'dark'];
    const chosen = root.dataset['theme'];
    return chosen === undefined ? other : chosen === other ? own : 'system';
  }
  function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  }
  /** Sheets for dark paper are made of the light ones beside them when they are first seen. */
  function recolourSheets(): void {
    if (recolouring === null) return;
    const palette = bytesOf(recolouring.chunk);
    for (const image of all('img.recoloured:not([src])', HTMLImageElement)) {
      const light = image.previousElementSibling?.getAttribute('src') ?? '';
      const bytes = bytesOf(light.slice(light.indexOf(',') + 1));
      bytes.set(palette, recolouring.at);
      image.src = URL.createObjectURL(new Blob([bytes], { type: 'image/png' }));
    }
  }
  function showTheme(): void {
    if (isDark()) recolourSheets();
    if (toggle === null) return;
    const [short = '', long = ''] = themeNames[nextTheme()] ?? [];
    toggle.textContent = short;
    toggle.setAttribute('title', long);
    toggle.setAttribute('aria-label', long);
  }
  toggle?.addEventListener('click', () => {
    const next = nextTheme();
    if (next === 'system') delete root.dataset['theme'];
    else root.dataset['theme'] = next;
    showTheme();
    redraw();
  });
  dark.addEventListener('change', () => {
    showTheme();
    redraw();
  });

  // Sheets in full size

  const dialog = document.querySelector('dialog');
  for (const button of all('button.sheet', HTMLButtonElement)) {
    button.addEventListener('click', () => {
      const shown = [...button.querySelectorAll('img')].find((image) => image.offsetParent !== null);
      const picture = shown?.cloneNode();
      if (dialog === null || picture === undefined) return;
      dialog.querySelector('img')?.remove();
      dialog.append(picture);
      dialog.showModal();
    });
  }
  dialog?.addEventListener('click', ({ target }) => {
    if (target === dialog) dialog.close();
  });

  // Where the reader is

  const links = new Map(all('.contents a', HTMLAnchorElement).map((link) => [link.hash.slice(1), link]));
  const visible = new Set<string>();
  const reader = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) visible.add(target.id);
        else visible.delete(target.id);
      }
      const current = [...links.keys()].find((id) => visible.has(id));
      if (current === undefined) return;
      for (const [id, link] of links) {
        if (id === current) link.setAttribute('aria-current', 'true');
        else link.removeAttribute('aria-current');
      }
    },
    { rootMargin: '-72px 0px -55% 0px' },
  );
  for (const id of links.keys()) {
    const target = document.getElementById(id);
    if (target !== null) reader.observe(target);
  }

  // Paper is white, and shows all there is

  const paperWidth = 660;
  addEventListener('beforeprint', () => {
    printing = true;
    for (const host of hosts) draw(host, paperWidth);
  });
  addEventListener('afterprint', () => {
    printing = false;
    for (const host of hosts) draw(host, host.clientWidth || paperWidth);
  });

  root.classList.add('script');
  showTheme();
  markOverflow();
}
