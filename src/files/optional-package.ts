import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { AtelierError, hasCode } from '../errors.ts';
import { packageRoot } from './package-root.ts';

/** Packages that are large and needed by few: the program is whole without them, but for what names them. */
export type OptionalPackage = 'onnxruntime-web' | 'onnxruntime-training-web';

/** The command that installs an optional package, in the version that this program is tested with. */
export function installCommand(name: OptionalPackage): string {
  const path = join(packageRoot(), 'package.json');
  const manifest = z.object({ optionalDependencies: z.record(z.string(), z.string()) });
  const version = manifest.parse(JSON.parse(readFileSync(path, 'utf8'))).optionalDependencies[name];
  if (version === undefined) throw new AtelierError(`internal: package.json has no optional package '${name}'`);
  return `npm install ${name}@${version}`;
}

/** True for what Node throws where a package is not installed, or has not the file that was asked for. */
export function isMissingPackage(error: unknown): boolean {
  return hasCode(error, 'ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED');
}
