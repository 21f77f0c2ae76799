import { buildOnce } from '../build.ts';

/** The thread of an engine runs what was built. */
export function setup(): void {
  buildOnce('program');
}
