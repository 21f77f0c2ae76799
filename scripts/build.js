/**
 * Builds the program to dist/: the compiler's output with declarations, and the page that `export --format web` fills.
 * Whole each time, as that takes some seconds only; files in dist/ that have no source any more are removed, so that no
 * older build is run or packed. Plain JavaScript: Node 20 runs no TypeScript.
 *
 * usage: node scripts/build.js [program|page]...   (both by default)
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const require = createRequire(join(root, 'package.json'));

/** Runs a package's command by its file: the commands in node_modules/.bin are other files on Windows. */
function run(name, command, ...args) {
  const manifest = require.resolve(`${name}/package.json`);
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
  const path = join(dirname(manifest), typeof bin === 'string' ? bin : bin[command]);
  const { status, error } = spawnSync(process.execPath, [path, ...args], { cwd: root, stdio: 'inherit' });
  if (status === 0) return;
  if (error) process.stderr.write(`${error.message}\n`);
  process.stderr.write(`${command} cannot build the program\n`);
  process.exit(1);
}

/** The compiler's output is `a/b.js`, `a/b.js.map` and `a/b.d.ts` of `a/b.ts`, and `a/b.json` of itself. */
function isLeftOver(path) {
  const source = path.replace(/\.(js|js\.map|d\.ts)$/, '.ts');
  return !existsSync(join(root, source));
}

function removeLeftOvers() {
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(dist, path);
    if (!entry.isFile() || name.startsWith('web') || name === '.built') continue;
    if (isLeftOver(name)) rmSync(path);
  }
}

const parts = {
  program() {
    run('typescript', 'tsc', '-p', 'tsconfig.build.json');
    removeLeftOvers();
    // npx runs the file itself.
    chmodSync(join(dist, 'src', 'cli', 'main.js'), 0o755);
  },
  page() {
    // The page has the runtime inside. What only runs the program can do without it; the packed one has the built page.
    if (!existsSync(join(root, 'node_modules', 'onnxruntime-web'))) {
      process.stderr.write(
        'the page is built from onnxruntime-web, which is not installed: npm ci, without --omit=optional\n',
      );
      process.exit(1);
    }
    run('vite', 'vite', 'build');
  },
};

const asked = process.argv.slice(2);
for (const name of asked) {
  if (!Object.hasOwn(parts, name)) {
    process.stderr.write(`there is no part '${name}': expected ${Object.keys(parts).join(' or ')}\n`);
    process.exit(2);
  }
}
for (const [name, build] of Object.entries(parts)) if (asked.length === 0 || asked.includes(name)) build();
