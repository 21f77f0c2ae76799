import type { EvaluatedRun } from '../evaluation/comparison/evaluated-run.ts';
import { sum } from '../evaluation/confusion.ts';

/** One fact on what the runs were computed with: one value per run. */
export interface EnvironmentRow {
  readonly name: string;
  readonly values: readonly string[];
}

/** What the runs were computed with, in the order of the runs. */
export function environmentRows(runs: readonly EvaluatedRun[]): readonly EnvironmentRow[] {
  const facts = runs.map(({ config, history }): Readonly<Record<string, string>> => {
    const { versions, device, threads, engine, target, data, git, created } = config;
    const seconds = sum(history.map((record) => record.seconds));
    const speed = history.length === 0 ? 0 : sum(history.map((one) => one.images_per_second)) / history.length;
    return {
      atelier: versions.atelier,
      revision: git ?? 'not under git',
      'Node.js': versions.node.replace(/^v/, ''),
      'ONNX Runtime': versions.onnxruntime,
      device: device.used,
      threads: threads === 0 ? 'chosen by the runtime' : String(threads),
      engine,
      target,
      'data set': `${data.name}, fingerprint ${data.fingerprint.slice(0, 16)}`,
      begun: created,
      'training time': history.length === 0 ? '-' : duration(seconds),
      'images a second': history.length === 0 ? '-' : speed.toFixed(0),
    };
  });
  return Object.keys(facts[0] ?? {}).map((name) => ({ name, values: facts.map((one) => one[name] ?? '-') }));
}

/** `52 s`, `14 min 05 s`, `2 h 03 min`. */
function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}
