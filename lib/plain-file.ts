import { constants, openSync, type PathLike } from 'node:fs';

/**
 * Opens what the code of a push may have put there, for reading: follows no link, and does not wait for the writer of a pipe. Whether it is
 * a plain file only `fstat` of the open file can say.
 */
export const openUntrusted = (path: PathLike): number =>
  openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
