import { build } from '../build.ts';

/**
 * Builds the program once before the tests of its parts: the thread of an engine runs what was built. The build is
 * incremental, so one after small changes costs a second.
 */
export function setup(): void {
  build('tsc', '-p', 'tsconfig.build.json');
}
