import { AtelierError, hasCode, messageOf } from '../errors.ts';
import { joined, said, type Text } from '../message.ts';

/** What a system call's code means to a person, and what that person can do about it. */
const explanations: Readonly<Record<string, readonly [meaning: string, wayOut: string]>> = {
  ENOSPC: ['the disk is full', 'Free some space there or choose a folder on another disk'],
  EDQUOT: ['the disk quota is used up', 'Free some space there or choose a folder on another disk'],
  EROFS: ['the place is read-only', 'Choose a folder that can be written to'],
  EACCES: ['access is denied', 'Change the permissions there or choose another folder'],
  EPERM: ['the operation is not permitted there', 'Change the permissions there or choose another folder'],
  ENOTDIR: ['a part of its path is a file where a folder was expected', 'Choose another folder or move that file away'],
  EEXIST: ['a file of that name is in the way', 'Choose another name or move that file away'],
  EISDIR: ['a folder of that name is in the way', 'Choose another name or move that folder away'],
  ENOENT: ['it does not exist', 'Check the path'],
  ENAMETOOLONG: ['the name is too long for this file system', 'Choose a shorter one'],
  EMFILE: ['this process has too many files open', 'Raise the limit (ulimit -n)'],
  ENFILE: ['the system has too many files open', 'Close some programs'],
  ENOMEM: ['the system has no memory for it', 'Close some programs'],
  ELOOP: ['links lead in a circle there', 'Check where they point to'],
  ENXIO: ['it is a socket or a device, a file was expected', 'Check the path'],
  EIO: ['the disk reported an error', 'Check the disk, or choose a folder on another one'],
};

/**
 * The error for a failed file operation: `cannot write the checkpoint 'runs/a/last.safetensors': the disk is full
 * (ENOSPC). Free some space …`. An AtelierError passes through unchanged.
 *
 * @param action what was being done to what, without 'cannot': `write the checkpoint`
 * @param path the file or folder it was being done to
 * @param outcome what state the failure left behind, if that is worth saying: `What was there is unchanged`
 */
export function fileProblem(action: Text, path: string, error: unknown, outcome?: string): AtelierError {
  if (error instanceof AtelierError) return error;
  const code = Object.keys(explanations).find((known) => hasCode(error, known));
  const [meaning, wayOut] = explanations[code ?? ''] ?? [messageOf(error), undefined];
  const reason = code === undefined ? meaning : `${meaning} (${code})`;
  const sentences = [said`cannot ${action} '${path}': ${reason}`, wayOut, outcome].filter((part) => part !== undefined);
  return new AtelierError(said`${joined(sentences, '. ')}.`, { code: 'file-unusable', cause: error });
}
