/** The built program on a real pseudo-terminal, its output read by a terminal emulator. */
import { join } from 'node:path';
import { spawn } from '@lydell/node-pty';
import { Terminal } from '@xterm/headless';
import { packageRoot } from '../../src/files/package-root.ts';

const entry = join(packageRoot(), 'dist', 'src', 'cli', 'main.js');
const rows = 40;

export interface TerminalOptions {
  readonly cwd: string;
  readonly columns: number;
  /** Variables; undefined ones are left out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface Session {
  /** All that was written so far, escapes included. */
  raw(): string;
  /** The lines on the screen and above it, without the empty ones at the end. */
  lines(): Promise<readonly string[]>;
  /** Lines that the terminal broke because they were too wide. */
  broken(): Promise<readonly string[]>;
  type(keys: string): void;
  resize(columns: number): void;
  isOver(): boolean;
  readonly ended: Promise<number>;
}

/** Starts the program on a terminal of its own. */
export function open(args: readonly string[], { cwd, columns, env = {} }: TerminalOptions): Session {
  const { NO_COLOR: _no, FORCE_COLOR: _force, ...inherited } = process.env;
  const size = { cols: columns, rows };
  const process_ = spawn(process.execPath, [entry, ...args], {
    ...size,
    name: env['TERM'] ?? 'xterm-256color',
    cwd,
    env: { ...inherited, ...env },
  });
  const terminal = new Terminal({ ...size, scrollback: 1000, allowProposedApi: true });
  let [raw, over] = ['', false];
  process_.onData((data) => {
    raw += data;
    terminal.write(data);
  });
  const ended = new Promise<number>((resolve) => {
    process_.onExit(({ exitCode }) => {
      over = true;
      resolve(exitCode);
    });
  });
  const linesOf = async () => {
    await new Promise<void>((resolve) => terminal.write('', resolve));
    const { active } = terminal.buffer;
    return Array.from({ length: active.length }, (_, y) => {
      const line = active.getLine(y);
      return { text: line?.translateToString(true) ?? '', isWrapped: line?.isWrapped ?? false };
    });
  };
  return {
    raw: () => raw,
    lines: async () => {
      const texts = (await linesOf()).map(({ text }) => text);
      return texts.slice(0, texts.findLastIndex((text) => text !== '') + 1);
    },
    broken: async () => (await linesOf()).filter(({ isWrapped }) => isWrapped).map(({ text }) => text),
    type: (keys) => process_.write(keys),
    resize: (cols) => {
      process_.resize(cols, rows);
      terminal.resize(cols, rows);
    },
    isOver: () => over,
    ended,
  };
}

/** A line with what differs from one training to the next replaced by its shape, at the same place. */
export function shapeOf(line: string): string {
  return line
    .replaceAll(
      / [ \d,]{8} {4,}\d+:\d\d(?= |$)/g,
      (found) => `${'N'.padStart(found.length - 10)}${'M:SS'.padStart(10)}`,
    )
    .replaceAll(/\b\d:\d\d\b/g, 'M:SS')
    .replaceAll(/\b\d\.\d{4}\b/g, 'L.LLLL')
    .replaceAll(/\b\d\d\.\d\d %/g, 'AA.AA %');
}
