import { Canvas } from 'canvas';
import { type LoggerInterface, parse, type Spec, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { AtelierError } from '../../errors.ts';
import { encodeCanvas } from '../canvas.ts';
import { requireFont } from '../font.ts';
import { lightTheme, type Theme } from '../theme.ts';
import { chartConfig } from './config.ts';

export type { TopLevelSpec } from 'vega-lite';

export interface ChartOptions {
  /** Pixels of the picture per pixel of the specification. Default 2. */
  readonly scale?: number;
  /** Default light. */
  readonly theme?: Theme;
}

/**
 * The Vega specification of a chart in a theme: what a page gives to Vega's own view.
 *
 * @throws AtelierError where Vega-Lite finds fault with the specification, be it only a warning
 */
export function compileChart(spec: TopLevelSpec, theme: Theme = lightTheme): Spec {
  const complaints: string[] = [];
  // A clone, for Vega writes its own marks into the values that it is given.
  const compiled = compile(structuredClone(spec), { config: chartConfig(theme), logger: collector(complaints) }).spec;
  refuse(complaints, spec);
  return compiled;
}

/**
 * Draws a chart.
 *
 * @returns a PNG
 * @throws AtelierError where Vega finds fault with the specification, or no font is installed
 */
export async function renderChart(spec: TopLevelSpec, options: ChartOptions = {}): Promise<Buffer> {
  const { scale = 2, theme = lightTheme } = options;
  if (!(scale > 0 && scale <= 8)) {
    throw new AtelierError(`the chart's scale is ${scale}, expected more than 0 and at most 8.`, {
      code: 'invalid-setting',
    });
  }
  requireFont();
  const complaints: string[] = [];
  const view = new View(parse(compileChart(spec, theme)), { renderer: 'none', logger: collector(complaints) });
  try {
    const canvas: unknown = await view.toCanvas(scale);
    refuse(complaints, spec);
    if (!(canvas instanceof Canvas)) throw new AtelierError('internal: vega did not draw on node-canvas');
    return await encodeCanvas(canvas, scale);
  } finally {
    view.finalize();
  }
}

/** Vega reports faults, even failed data flows, to its logger only, by default the console. */
function collector(complaints: string[]): LoggerInterface {
  let level = 2;
  function setLevel(): number;
  function setLevel(next: number): LoggerInterface;
  function setLevel(next?: number): number | LoggerInterface {
    if (next === undefined) return level;
    level = next;
    return logger;
  }
  const keep = (...messages: readonly unknown[]): LoggerInterface => {
    complaints.push(messages.map(String).join(' '));
    return logger;
  };
  const drop = (): LoggerInterface => logger;
  const logger: LoggerInterface = { level: setLevel, error: keep, warn: keep, info: drop, debug: drop };
  return logger;
}

function refuse(complaints: readonly string[], { title }: TopLevelSpec): void {
  if (complaints.length === 0) return;
  throw new AtelierError(`internal: faults in the chart ${JSON.stringify(title ?? '')}: ${complaints.join('; ')}`);
}
