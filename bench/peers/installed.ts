import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../../src/files/package-root.ts';

/** The version of a package as it is installed; 'unknown' where that cannot be read. Packages may hide it from `import`. */
export function installedVersion(name: string): string {
  try {
    const text = readFileSync(join(packageRoot(), 'node_modules', name, 'package.json'), 'utf8');
    return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
  } catch {
    return 'unknown';
  }
}
