/**
 * Builds the program to dist/: bundled (vite.program.config.ts), with the compiler's declarations, and the page that
 * `export --format web` fills. Whole each time, as that takes some seconds only; what an older build left in dist/ is removed,
 * so that it is neither run nor packed. Plain JavaScript: Node 20 runs no TypeScript.
 *
 * usage: node scripts/build.js [program|page]...   (both by default)
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
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

/** Removes what the program's build of just now has not written. */
function removeLeftOvers(started) {
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(dist, path);
    if (!entry.isFile() || name.startsWith('web') || name === '.built') continue;
    if (statSync(path).mtimeMs < started) rmSync(path);
  }
}

/** The time of now as the file system of dist/ counts it. */
function beginning() {
  const probe = join(dist, '.beginning');
  writeFileSync(probe, '');
  const { mtimeMs } = statSync(probe);
  rmSync(probe);
  return mtimeMs;
}

const parts = {
  program() {
    mkdirSync(dist, { recursive: true });
    const started = beginning();
    run('typescript', 'tsc', '-p', 'tsconfig.build.json');
    run('vite', 'vite', 'build', '--config', 'vite.program.config.ts');
    removeLeftOvers(started);
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
