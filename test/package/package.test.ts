/**
 * The package as a stranger gets it: packed, and unpacked into the node_modules of an empty folder. The packages that it
 * needs are links to those of this checkout, so that no test needs a registry; the optional ones are not there.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { packageRoot } from '../../src/files/package-root.ts';
import { workFolder } from '../cli/folders.ts';
import { tiny } from '../cli/settings.ts';

const work = workFolder();
const root = packageRoot();
const installed = join(work, 'node_modules', 'atelier');
const manifestSchema = z.object({
  version: z.string(),
  bin: z.object({ atelier: z.string() }),
  dependencies: z.record(z.string(), z.string()),
});
const manifest = manifestSchema.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));

/** Runs a program to its end, and returns its standard output. Throws where it fails. */
function run(file: string, args: readonly string[], cwd = work): string {
  const { status, stdout, stderr, error } = spawnSync(file, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${file} ${args.join(' ')}: ${error?.message ?? stdout + stderr}`);
  return stdout;
}

function link(name: string): void {
  const path = join(work, 'node_modules', name);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(join(root, 'node_modules', name), path, 'junction');
}

/** The chunks that a built module imports, at once or later. */
function chunksNamedIn(path: string): readonly string[] {
  const names = readFileSync(join(installed, path), 'utf8').matchAll(/(?:from|import) ?\(?"[./\w-]*?([\w-]+\.js)"/g);
  return [...names].map(([, name = '']) => name);
}

/** Paths in the package, sorted. */
let files: readonly string[];

beforeAll(() => {
  // Built already: packing must not build again while other tests run the program.
  const told = run('npm', ['pack', '--ignore-scripts', '--json', '--offline', '--pack-destination', work], root);
  const [packed] = z.array(z.object({ filename: z.string() })).parse(JSON.parse(told));
  mkdirSync(installed, { recursive: true });
  run('tar', ['-xzf', join(work, packed?.filename ?? ''), '-C', installed, '--strip-components', '1']);
  for (const name of [...Object.keys(manifest.dependencies), '@types/node']) link(name);
  const entries = readdirSync(installed, { recursive: true, withFileTypes: true });
  files = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(installed.length + 1)
        .replaceAll('\\', '/'),
    )
    .toSorted();
  writeFileSync(join(work, 'package.json'), JSON.stringify({ name: 'stranger', version: '9.8.7', type: 'module' }));
  run('git', ['init', '--quiet']);
  run('git', ['add', 'package.json']);
  run('git', ['-c', 'user.name=Stranger', '-c', 'user.email=stranger@example.org', 'commit', '--quiet', '-m', 'Mine']);
});

describe('the package', () => {
  it('holds the build, what it reads, and nothing else', () => {
    const others = files.filter((path) => !/^(dist\/|datasets\/[\w-]+\.json$)/.test(path));
    expect(others).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'bench/peers/torch_peer.py', 'package.json']);
    const built = files.filter((path) => path.startsWith('dist/') && !path.startsWith('dist/web/'));
    expect(built.filter((path) => !/\.(js|d\.ts|json|html|css)$/.test(path))).toEqual([]);
    // What is started or imported by its name stands under it, beside its declarations; all else is in chunks.
    const named = built.filter((path) => path.endsWith('.js') && !path.startsWith('dist/chunks/'));
    expect(named.filter((path) => !built.includes(path.replace(/\.js$/, '.d.ts')))).toEqual([]);
    const declared = built.filter((path) => path.endsWith('.d.ts'));
    const sources = declared.map((path) => path.replace(/^dist\/(.*)\.d\.ts$/, '$1.ts'));
    expect(sources.filter((path) => statSync(join(root, path), { throwIfNoEntry: false }) === undefined)).toEqual([]);
    const loaded = new Set(built.filter((path) => path.endsWith('.js')).flatMap(chunksNamedIn));
    expect(built.filter((path) => path.startsWith('dist/chunks/') && !loaded.has(basename(path)))).toEqual([]);
  });

  it('holds the page, so that no one needs what it is built with', () => {
    expect(files.filter((path) => path.startsWith('dist/web/')).length).toBeGreaterThan(3);
  });
});

describe('the command', () => {
  const atelier = (...args: readonly string[]) =>
    run(process.execPath, [join(installed, manifest.bin.atelier), ...args]);

  it('tells its own version, not that of the project it is installed in', () => {
    expect(atelier('--version')).toBe(`${manifest.version}\n`);
    // As npx starts it: by a link.
    symlinkSync(join(installed, manifest.bin.atelier), join(work, 'atelier.js'));
    expect(run(process.execPath, ['atelier.js', '--version'])).toBe(`${manifest.version}\n`);
  });

  it('trains, evaluates and exports', () => {
    expect(atelier('train', 'm2', ...tiny, '--epochs', '1', '--run', 'run')).toBe('run\n');
    expect(atelier('evaluate', 'run', '--split', 'validation', '--threads', '1')).toMatch(/accuracy/);
    atelier('export', 'run', '--format', 'web', '--threads', '1', '--out', 'page');
    expect(readdirSync(join(work, 'page', 'web'))).toContain('index.html');
    const recorded = z.object({ versions: z.object({ atelier: z.string() }), git: z.string().nullable() });
    const { versions, git } = recorded.parse(JSON.parse(readFileSync(join(work, 'run', 'config.json'), 'utf8')));
    // The project's revision is not the program's.
    expect([versions.atelier, git]).toEqual([manifest.version, null]);
  });
});

describe('the library', () => {
  it('is imported from JavaScript', () => {
    const program = `
      import * as atelier from 'atelier';
      import * as graphs from 'atelier/graphs';
      import manifest from 'atelier/package.json' with { type: 'json' };
      console.log(JSON.stringify({ version: manifest.version, names: [atelier, graphs].map(Object.keys) }));`;
    writeFileSync(join(work, 'plain.js'), program);
    const told: unknown = JSON.parse(run(process.execPath, ['--no-warnings', 'plain.js']));
    const { version, names } = z.object({ version: z.string(), names: z.string().array().array() }).parse(told);
    expect(version).toBe(manifest.version);
    expect(names.map(({ length }) => length > 0)).toEqual([true, true]);
  });

  it.each(['nodenext', 'bundler'])('has declarations that hold under module resolution %s', (moduleResolution) => {
    const folder = join(work, moduleResolution);
    mkdirSync(folder);
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
    // A declaration that is not found would make whatever it declares `any`.
    const program = `
      import * as atelier from 'atelier';
      import * as graphs from 'atelier/graphs';
      type IsAny<T> = 0 extends 1 & T ? true : false;
      type Untyped<T> = { [K in keyof T as IsAny<T[K]> extends true ? K : never]: T[K] };
      export const untyped: [Untyped<typeof atelier>, Untyped<typeof graphs>] = [{}, {}];
      export const names: readonly [keyof typeof atelier, keyof typeof graphs][] = [];`;
    writeFileSync(join(folder, 'typed.ts'), program);
    const compilerOptions = {
      module: moduleResolution === 'bundler' ? 'esnext' : moduleResolution,
      moduleResolution,
      target: 'es2023',
      // The runtime's own declarations name what browsers have.
      lib: ['es2023', 'dom'],
      types: ['node'],
      typeRoots: ['../node_modules/@types'],
      strict: true,
      skipLibCheck: false,
      noEmit: true,
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['typed.ts'] }));
    run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', folder]);
  });
});
