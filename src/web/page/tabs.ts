import { byId } from './dom.ts';

/** Tabs after the ARIA authoring practices: one stop of the Tab key, arrow keys choose. Returns what chooses by name. */
export function setUpTabs<Name extends string>(names: readonly Name[], chosen: (name: Name) => void) {
  const tabs = names.map((name) => ({
    name,
    tab: byId(`tab-${name}`, HTMLButtonElement),
    panel: byId(`panel-${name}`, HTMLElement),
  }));
  const choose = (wanted: Name) => {
    for (const { name, tab, panel } of tabs) {
      const selected = name === wanted;
      tab.setAttribute('aria-selected', String(selected));
      tab.tabIndex = selected ? 0 : -1;
      panel.hidden = !selected;
    }
    chosen(wanted);
  };
  tabs.forEach(({ name, tab }, index) => {
    tab.addEventListener('click', () => choose(name));
    tab.addEventListener('keydown', ({ key }) => {
      const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
      const next = tabs[(index + step + tabs.length) % tabs.length];
      if (step === 0 || !next) return;
      next.tab.focus();
      choose(next.name);
    });
  });
  return choose;
}
