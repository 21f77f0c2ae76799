import { build } from '../build.ts';

/** Builds the page that the web format copies, so that no older one is tested: a second. */
export function setup(): void {
  build('vite', 'build');
}
