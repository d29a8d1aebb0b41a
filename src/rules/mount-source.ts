import { normalizePath } from '#profile/normalize-path.js';

/**
 * What was mounted, as rules see it: a device, a folder or a share as a normal path; a name such as `tmpfs`, which
 * whoever mounts a file system without a device chooses freely, as it is.
 */
export function mountSource(source: string): string {
  return source.startsWith('/') ? normalizePath(source) : source;
}
