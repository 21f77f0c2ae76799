/** `make setup CUDA=1`: what scripts/install-cuda.sh makes of the ends that onnxruntime-node's install script can come to. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../src/files/package-root.ts';
import { scratchFolder } from './files/scratch.ts';

const libraries = ['libonnxruntime_providers_cuda.so', 'libonnxruntime_providers_shared.so'] as const;
const [cuda, shared] = libraries;

/** A package whose install script is the given one; `write` puts a library where the real one puts it. */
function install(script: string, present: readonly string[] = []) {
  const root = scratchFolder();
  const folder = join(root, 'bin', 'napi-v6', 'linux', 'x64');
  for (const path of [folder, join(root, 'script')]) mkdirSync(path, { recursive: true });
  for (const library of present) writeFileSync(join(folder, library), 'by hand');
  writeFileSync(join(root, 'package.json'), '{"version": "1.2.3"}');
  const write = `const write = (name) => require('node:fs').writeFileSync(${JSON.stringify(folder)} + '/' + name, 'x');`;
  writeFileSync(join(root, 'script', 'install.js'), `${write}\n${script}`);
  const { status, stdout, stderr } = spawnSync('bash', ['scripts/install-cuda.sh', root], {
    cwd: packageRoot(),
    encoding: 'utf8',
  });
  return { status, stdout, stderr, left: libraries.filter((library) => existsSync(join(folder, library))) };
}

describe.skipIf(process.platform !== 'linux' || process.arch !== 'x64')('installing the CUDA provider', () => {
  it('has the package download it, and says what else it needs', () => {
    const flag = "if (process.env.ONNXRUNTIME_NODE_INSTALL !== 'true') process.exit(3);";
    const { status, stderr, left } = install(`${flag} write('${cuda}'); write('${shared}');`);
    expect([status, left], stderr).toEqual([0, libraries]);
    expect(stderr).toMatch(/the CUDA provider is installed; it also needs an NVIDIA driver, CUDA 12 and cuDNN 9/);
  });

  it('without the internet ends with the reason and two ways out, and leaves no part', () => {
    const { status, stdout, stderr, left } = install(`write('${cuda}'); throw new Error('ENOTFOUND somewhere');`);
    expect([status, stdout, left]).toEqual([1, '', []]);
    for (const part of [
      'ENOTFOUND somewhere',
      'make setup CUDA=1: the CUDA provider could not be downloaded',
      'Microsoft.ML.OnnxRuntime.Gpu.Linux 1.2.3',
      'leave CUDA=1 out',
    ])
      expect(stderr).toContain(part);
  });

  it('that fails does not take away what was put there by hand', () => {
    expect(install('process.exit(1)', libraries)).toMatchObject({ status: 1, left: libraries });
  });

  it('notices that the package installed nothing', () => {
    const { status, stderr } = install('');
    expect(status).toBe(1);
    expect(stderr).toMatch(/ended without an error, but .*libonnxruntime_providers_cuda\.so is not there/);
  });
});
