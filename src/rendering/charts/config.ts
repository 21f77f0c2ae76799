import type { Config } from 'vega-lite';
import type { Theme } from '../theme.ts';

/**
 * Names for marks that the theme colours: specifications name a style and hold no colours of their own, so that one
 * specification serves the light PNG and the dark page.
 */
export const chartStyles = {
  /** A text in the plot. */
  note: 'note',
  /** A less important text. */
  aside: 'aside',
  /** A line that something is measured against. */
  guide: 'guide',
  /** A line that joins two marks. */
  link: 'link',
  /** Bars without a series. */
  fill: 'fill',
  /** Bars that others are laid over. */
  ground: 'ground',
  /** A dot without a series. */
  dot: 'dot',
  /** A line or border that stands out. */
  outline: 'outline',
  /** Numbers on the pale and on the strong part of a ramp. */
  onWeak: 'on-weak',
  onStrong: 'on-strong',
} as const;

/** What the theme means for Vega-Lite. The ranges `ramp` and `heatmap` hold the ramps of right and wrong. */
export function chartConfig(theme: Theme): Config {
  const { font, sizes, ink, muted, line, grid } = theme;
  return {
    background: theme.paper,
    padding: 12,
    font,
    view: { stroke: null },
    title: {
      anchor: 'start',
      frame: 'group',
      color: ink,
      fontSize: sizes.title,
      fontWeight: 'bold',
      subtitleColor: muted,
      subtitleFontSize: sizes.text,
      subtitlePadding: 5,
      offset: 14,
    },
    axis: {
      labelColor: ink,
      labelFontSize: sizes.small,
      labelLimit: 0,
      labelFlush: false,
      titleColor: ink,
      titleFontSize: sizes.text,
      titleFontWeight: 'normal',
      titleLimit: 0,
      titlePadding: 8,
      domainColor: line,
      tickColor: line,
      gridColor: grid,
    },
    legend: {
      orient: 'top',
      title: null,
      labelColor: ink,
      labelFontSize: sizes.text,
      labelLimit: 0,
      symbolSize: 90,
      offset: 8,
    },
    header: { labelColor: ink, titleColor: ink, labelFontSize: sizes.text, labelLimit: 0 },
    range: { category: [...theme.categories], ramp: [...theme.rightRamp], heatmap: [...theme.wrongRamp] },
    style: {
      [chartStyles.note]: { color: ink, fontSize: sizes.small },
      [chartStyles.aside]: { color: muted, fontSize: sizes.small },
      [chartStyles.guide]: { color: muted, strokeWidth: 1 },
      [chartStyles.link]: { color: line, strokeWidth: 2 },
      [chartStyles.fill]: { color: line },
      [chartStyles.ground]: { color: grid },
      [chartStyles.dot]: { color: ink },
      [chartStyles.outline]: { color: ink, strokeWidth: 1.25 },
      [chartStyles.onWeak]: { color: theme.onWeak, fontSize: sizes.small },
      [chartStyles.onStrong]: { color: theme.onStrong, fontSize: sizes.small },
    },
  };
}
