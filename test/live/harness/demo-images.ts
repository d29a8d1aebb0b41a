import { join } from 'node:path';
import type { ImageSpec, Rootfs } from './image-archive.ts';
import { fillBusybox } from './images.ts';

/** Programs are called by their full paths: a bare name is run inside BusyBox's shell itself. */
const DATABASE = `#!/bin/sh
while :; do
  for table in customers orders items; do
    /bin/cat /var/lib/shopdb/$table.tbl > /dev/null
  done
  /usr/bin/shopdb-checkpoint /var/lib/shopdb/orders.tbl
  /bin/sleep 1
done
`;
const CHECKPOINT = `#!/bin/sh
/bin/sha256sum "$1" > /var/lib/shopdb/checkpoint
`;

/**
 * The shop's web server: static pages and one CGI program. Listens on port 8080. Nothing in its
 * normal life is done by a shell.
 */
export const webImage: ImageSpec = {
  name: 'registry.shop.test/web:2.3.1',
  command: ['/bin/httpd', '-f', '-p', '8080', '-h', '/srv/www'],
  fill: async (root) => {
    await fillBusybox(root);
    await fillServiceAccount(root);
    await root.file('/srv/www/index.html', '<h1>Shop</h1>\n');
    await root.file('/srv/www/style.css', 'h1 { color: navy }\n');
    await root.compiled('/srv/www/cgi-bin/stock', join(import.meta.dirname, 'shop-stock.c'));
    await root.file('/srv/shop/stock.csv', 'anchor,4\ncompass,12\nrope,80\n');
  },
};

/** The shop's database: reads its tables, and has a program of its own make a checkpoint. */
export const databaseImage: ImageSpec = {
  name: 'registry.shop.test/db:1.8.0',
  command: ['/usr/bin/shopdb'],
  fill: async (root) => {
    await fillBusybox(root);
    await fillServiceAccount(root);
    await root.file('/usr/bin/shopdb', DATABASE, 0o755);
    await root.file('/usr/bin/shopdb-checkpoint', CHECKPOINT, 0o755);
    for (const table of ['customers', 'orders', 'items']) {
      await root.file(`/var/lib/shopdb/${table}.tbl`, `${table}\n`);
    }
  },
};

/** Where a kubelet mounts the pod's credentials. These are none. */
async function fillServiceAccount(root: Rootfs): Promise<void> {
  const folder = '/run/secrets/kubernetes.io/serviceaccount';
  await root.file(`${folder}/token`, 'not-a-real-token\n');
  await root.file(`${folder}/namespace`, 'shop\n');
}
