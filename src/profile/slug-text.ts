import { createHash } from 'node:crypto';
import { AgentError } from '#model/agent-error.js';
import { toValidDnsSubdomain } from './label-value.ts';
import { MAX_NAME_BYTES, shortened, validSlug } from './slug.ts';

/** Digits of the image's hash at the end of its slug. */
const IMAGE_HASH_BYTES = 6;
const MAX_IMAGE_BYTES = MAX_NAME_BYTES - IMAGE_HASH_BYTES - 1;

/**
 * A name for any text: what a name cannot hold becomes `-`; a long one is cut and gets a piece of
 * the text's hash. Throws `invalid` when nothing usable is left.
 */
export function stringToSlug(text: string): string {
  const hash = createHash('sha256').update(text, 'utf8').digest('hex');
  return validSlug(shortened(toValidDnsSubdomain(text), hash, MAX_NAME_BYTES), text);
}

/**
 * A name for an image: `nginx:latest` with a hash that ends in `a3ac8c` is `nginx-latest-a3ac8c`.
 * Throws `invalid` for an empty image, a hash of fewer than six characters, or when a character is
 * left that a name cannot have.
 */
export function imageToSlug(image: string, imageHash: string): string {
  if (image === '' || imageHash.length < IMAGE_HASH_BYTES) {
    throw new AgentError(
      'invalid',
      `image "${image}" with hash "${imageHash}": expected an image and at least ${IMAGE_HASH_BYTES} digits of a hash`,
    );
  }
  const plain = image.replace(/:\/\/|[:/_@]/g, '-').slice(0, MAX_IMAGE_BYTES);
  return validSlug(`${plain}-${imageHash.slice(-IMAGE_HASH_BYTES)}`, image);
}
