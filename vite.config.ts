/** Bundles the page that `export --format web` fills with a model: src/web/page to dist/web. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';
import { pageFiles } from './src/web/page-model.ts';

const compress = promisify(gzip);

/** The page fetches the runtime's WebAssembly itself, compressed; so that takes the place of the file that Vite found. */
function compressedRuntime(): Plugin {
  return {
    name: 'compressed-runtime',
    async generateBundle(_, bundle) {
      for (const [name, output] of Object.entries(bundle)) {
        if (output.type !== 'asset' || !name.endsWith('.wasm')) continue;
        delete bundle[name];
        const source = await compress(output.source);
        this.emitFile({ type: 'asset', fileName: pageFiles.runtime, source });
      }
    },
  };
}

/** Vite asks for scripts and styles across origins, which a page opened as a file must not: so it would have no style. */
function sameOrigin(): Plugin {
  return { name: 'same-origin', transformIndexHtml: (html) => html.replaceAll(' crossorigin', '') };
}

export default defineConfig({
  root: 'src/web/page',
  // Relative: the page may be served from any path.
  base: './',
  publicDir: false,
  logLevel: 'warn',
  plugins: [compressedRuntime(), sameOrigin()],
  build: {
    outDir: '../../../dist/web',
    // Names are fixed, so nothing is left over; a page that is being read stays whole.
    emptyOutDir: false,
    target: 'es2023',
    modulePreload: false,
    reportCompressedSize: false,
    rolldownOptions: {
      output: { entryFileNames: 'assets/page.js', assetFileNames: 'assets/[name][extname]', codeSplitting: false },
    },
  },
});
