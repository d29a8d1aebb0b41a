import type { DatabaseSync } from 'node:sqlite';
import type { ObjectKey } from '#model/profile-store.js';
import type { ImageFileTables, ListedImage, SettledImage } from './image-file-tables.ts';
import { SqliteStatements } from './sqlite-statements.ts';

const PUT = 'INSERT OR REPLACE INTO image_file_lists (image, asked_ms, files) VALUES (?, ?, ?)';
const LISTED = `SELECT image, asked_ms, length(files) AS size_bytes, EXISTS (
    SELECT 1 FROM profile_images p WHERE p.image = l.image AND p.has_list = 1) AS is_used
  FROM image_file_lists l ORDER BY asked_ms, image`;
const SETTLE = `INSERT OR REPLACE INTO profile_images (namespace, profile, image, has_list)
  VALUES (?, ?, ?, ?)`;
const SETTLED = `SELECT image, has_list FROM profile_images
  WHERE namespace = ? AND profile = ? ORDER BY image`;

/** File lists of images in a SQLite database. */
export class SqliteImageFiles implements ImageFileTables {
  readonly #sql: SqliteStatements;

  constructor(db: DatabaseSync) {
    this.#sql = new SqliteStatements(db);
  }

  list(image: string): Uint8Array | undefined {
    const row = this.#sql.of('SELECT files FROM image_file_lists WHERE image = ?').get(image);
    const files = row?.['files'];
    return files instanceof Uint8Array ? files : undefined;
  }

  askedMs(image: string): number | undefined {
    const row = this.#sql.of('SELECT asked_ms FROM image_file_lists WHERE image = ?').get(image);
    return row && Number(row['asked_ms']);
  }

  asked(image: string, nowMs: number): void {
    this.#sql
      .of('UPDATE image_file_lists SET asked_ms = ? WHERE image = ?')
      .run(Math.trunc(nowMs), image);
  }

  put(image: string, list: Uint8Array, nowMs: number): void {
    // Clocks tell parts of a millisecond.
    this.#sql.of(PUT).run(image, Math.trunc(nowMs), list);
  }

  remove(image: string): void {
    this.#sql.of('DELETE FROM image_file_lists WHERE image = ?').run(image);
  }

  listed(): readonly ListedImage[] {
    const rows = this.#sql.of(LISTED).all();
    return rows.map((row) => ({
      image: String(row['image']),
      sizeBytes: Number(row['size_bytes']),
      askedMs: Number(row['asked_ms']),
      isUsed: row['is_used'] === 1,
    }));
  }

  settled({ namespace, name }: ObjectKey): readonly SettledImage[] {
    const rows = this.#sql.of(SETTLED).all(namespace, name);
    return rows.map((row) => ({ image: String(row['image']), hasList: row['has_list'] === 1 }));
  }

  settle({ namespace, name }: ObjectKey, { image, hasList }: SettledImage): void {
    this.#sql.of(SETTLE).run(namespace, name, image, Number(hasList));
  }

  forget({ namespace, name }: ObjectKey): void {
    const sql = 'DELETE FROM profile_images WHERE namespace = ? AND profile = ?';
    this.#sql.of(sql).run(namespace, name);
  }
}
