/**
 * Bundles the program: graphs, src, bench, experiments and examples to dist. What runs is some dozens of files instead of
 * some hundreds, whose search alone took a tenth of a second of every command. Names of what is started or imported from
 * outside are those of its source; packages stay outside, but for zod, which every command needs: as a package it is a
 * hundred files, half of them messages in other languages, and costs each start a tenth of a second. What is asked for lazily
 * stays in files of its own.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vite';

const started = [
  'src/cli/main',
  'src/index',
  'graphs/index',
  'src/training/engines/thread/worker',
  'src/cli/own/watchman',
  'src/report/html/client',
  ...modulesOf('bench/peers', ({ name }) => ['atelier', 'tfjs', 'jax-js'].includes(name)),
  ...modulesOf('examples'),
];

function modulesOf(folder: string, chosen: (module: { readonly name: string }) => boolean = () => true): string[] {
  const names = readdirSync(join(import.meta.dirname, folder)).filter((file) => file.endsWith('.ts'));
  return names
    .map((file) => file.slice(0, -'.ts'.length))
    .filter((name) => chosen({ name }))
    .map((name) => `${folder}/${name}`);
}

const zodLicense = readFileSync(join(import.meta.dirname, 'node_modules', 'zod', 'LICENSE'), 'utf8');

export default defineConfig({
  publicDir: false,
  ssr: { noExternal: ['zod'] },
  logLevel: 'warn',
  build: {
    ssr: true,
    outDir: 'dist',
    // The declarations and the page are there too; scripts/build.js removes what an older build left.
    emptyOutDir: false,
    target: 'node20',
    minify: false,
    sourcemap: true,
    reportCompressedSize: false,
    rolldownOptions: {
      // Examples import the library as everybody else does.
      external: /^atelier($|\/)/,
      input: Object.fromEntries(started.map((name) => [name, `${name}.ts`])),
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: 'chunks/[name]-[hash].js',
        codeSplitting: { groups: [{ name: 'zod', test: /\/node_modules\/zod\// }] },
        // Whoever passes the program on passes that on with it.
        banner: ({ name }) => (name === 'zod' ? `/*!\n${zodLicense}*/` : ''),
      },
    },
  },
});
