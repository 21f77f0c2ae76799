/** Standard error as a terminal: lines that stay, and below them one live line that changes. */
import { styleText } from 'node:util';
import type { GlobalOptions } from '../global-options.ts';
import { cutEnd } from './width.ts';

/** What a screen needs of a stream. */
export type Terminal = Pick<NodeJS.WriteStream, 'columns' | 'write' | 'hasColors' | 'on'>;

/** A live line, for so many columns. */
export type LiveLine = (columns: number) => string;

export type Style = Parameters<typeof styleText>[0];

/** Milliseconds between two pictures of the live line: the eye follows, and steps are not held up. */
const frame = 100;
/** Seconds between lines in place of the live one, where nothing on the screen can be taken back. */
const lineInterval = 15;
/** A window that does not say how wide it is. */
const usualColumns = 80;
const eraseBelow = '\u001b[J';

/**
 * One writer for log lines and displays, so that they never run into each other. The cursor waits at the beginning of the
 * live line: whatever the terminal does to long lines when the window changes, erasing from there takes all of it away,
 * and whoever writes after a process that was killed writes over it.
 */
export class Screen {
  readonly #terminal: Terminal;
  readonly #isDumb: boolean;
  #live: LiveLine | undefined;
  #isDrawn = false;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #redraw: NodeJS.Timeout | undefined;

  /** @param isDumb whether the terminal understands no escapes: lines come instead of changes */
  constructor(terminal: Terminal, isDumb: boolean) {
    this.#terminal = terminal;
    this.#isDumb = isDumb;
    terminal.on('resize', () => {
      if (this.#live) this.#draw();
    });
  }

  /** Columns of a line that stays. */
  get columns(): number {
    return this.#terminal.columns || usualColumns;
  }

  /** A text in a style; as it is where the terminal has no colours, or nobody wants them (NO_COLOR). */
  styled(style: Style, text: string): string {
    // Its own look at a stream would be one at standard output.
    return this.#terminal.hasColors() ? styleText(style, text, { validateStream: false }) : text;
  }

  /** Writes lines that stay; the live line makes way and comes back. */
  print(...lines: readonly string[]): void {
    // Also where no live line is: what keys leave on the line, such as ^C, goes with it.
    const away = this.#isDumb ? '' : `\r${eraseBelow}`;
    this.#isDrawn = false;
    this.#terminal.write(`${away}${lines.map((line) => `${line}\n`).join('')}`);
    // Not at once: a process that ends after this line leaves no live line behind.
    if (this.#live && !this.#isDumb) this.#redraw ??= setTimeout(() => this.#draw(), frame).unref();
  }

  /** Shows the live line, or what has become of it; `atOnce` where what follows may hold up the process. */
  show(line: LiveLine, atOnce = false): void {
    const isNew = this.#live === undefined;
    this.#live = line;
    const waited = performance.now() - this.#drawnAt;
    if (this.#isDumb) {
      // Work that is done soon needs no word.
      if (isNew) this.#drawnAt = performance.now();
      else if (waited >= lineInterval * 1000) this.#draw();
    } else if (atOnce || waited >= frame) this.#draw();
    else this.#redraw ??= setTimeout(() => this.#draw(), frame - waited).unref();
  }

  /** Takes the live line away. */
  clear(): void {
    this.#live = undefined;
    clearTimeout(this.#redraw);
    this.#redraw = undefined;
    if (this.#isDrawn) this.#terminal.write(`\r${eraseBelow}`);
    this.#isDrawn = false;
  }

  #draw(): void {
    clearTimeout(this.#redraw);
    this.#redraw = undefined;
    if (!this.#live) return;
    this.#drawnAt = performance.now();
    // In the last column some terminals go to the next line.
    const columns = this.columns - 1;
    const line = this.#live(columns);
    if (this.#isDumb) this.#terminal.write(`${cutEnd(line, columns)}\n`);
    else {
      // Where the window has changed, the old line may have become several.
      this.#terminal.write(`\r${line}${eraseBelow}\r`);
      this.#isDrawn = true;
    }
  }
}

let screen: Screen | undefined;

/** The process's one screen; undefined where standard error is no terminal. */
export function terminalScreen(): Screen | undefined {
  if (!process.stderr.isTTY) return undefined;
  if (!screen) {
    const made = new Screen(process.stderr, process.env['TERM'] === 'dumb');
    process.on('exit', () => made.clear());
    screen = made;
  }
  return screen;
}

/** The screen for displays; undefined where there is none, or where nobody wants to hear how far the work is. */
export function displayScreen({ quiet, logLevel }: Pick<GlobalOptions, 'quiet' | 'logLevel'>): Screen | undefined {
  return quiet || !['trace', 'debug', 'info'].includes(logLevel) ? undefined : terminalScreen();
}
