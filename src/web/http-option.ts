import type { AddressOption } from '#listening/listen-address.js';

/** The option that says where the agent serves. */
export const HTTP_OPTION: AddressOption = {
  name: 'http',
  examples: '127.0.0.1:7654, unix:/path/of/a.sock, or off',
};
