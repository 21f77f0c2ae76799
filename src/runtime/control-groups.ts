/** The control groups of Linux that bound what this process may use. */
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { hasCode } from '../errors.ts';

/**
 * The folders with the files of a controller (`cpu`, `pids`) for the groups of this process and those above them, of
 * version 1 or 2. Some of them may not exist.
 *
 * @param root where the system's own folders are looked for; tests have another
 * @see https://docs.kernel.org/admin-guide/cgroup-v2.html
 */
export function groupFolders(root: string, controller: string): readonly string[] {
  return systemText(join(root, 'proc/self/cgroup'))
    .split('\n')
    .flatMap((line) => {
      // <number>:<controllers>:<path>
      const [, number, controllers = '', path = '/'] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
      if (number === undefined) return [];
      return mountsOf(controllers, controller).flatMap((mount) =>
        withParents(path).map((group) => join(root, 'sys/fs/cgroup', mount, group)),
      );
    });
}

/** Where a hierarchy lies, if it has the controller. The one of version 2 names none, and may have it. */
function mountsOf(controllers: string, controller: string): readonly string[] {
  if (controllers === '') return [''];
  return controllers.split(',').includes(controller) ? [...new Set([controllers, controller])] : [];
}

/** A group and those above it. A container often sees its own group as the root, whatever it is called outside. */
function withParents(path: string): readonly string[] {
  const parent = posix.dirname(path);
  return parent === path || !path.startsWith('/') ? ['/'] : [path, ...withParents(parent)];
}

/** The text of a file of the system, '' where there is none. */
export function systemText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // ESRCH: of a process that has ended meanwhile.
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EINVAL', 'EIO', 'ESRCH')) return '';
    throw error;
  }
}
