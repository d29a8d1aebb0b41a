import type { ConsolidationResult } from '#consolidation/consolidating-store.js';
import { consolidate } from '#consolidation/consolidation.js';
import { isClosed } from '#consolidation/learning-state.js';
import { isSameJson } from '#consolidation/same-json.js';
import { type Expiry, reportKeyOf, type TimeSeriesRow } from '#consolidation/time-series-row.js';
import type { ContainerProfile } from '#model/profile.js';
import type { ObjectKey } from '#model/profile-store.js';
import {
  type CollapseSettings,
  collapseSettingsFrom,
  DEFAULT_COLLAPSE,
} from '#profile/collapse/collapse-settings.js';
import { errorFields, type Logger } from '#runtime/log.js';
import type { AggregateWrites } from './aggregate-writes.ts';
import type { ChangeJournal } from './change-journal.ts';
import { ImageSettlement, type MergedProfile } from './image-settlement.ts';
import type { KubernetesObject } from './object-store.ts';
import { objectOf } from './object-text.ts';
import type { ObjectWrites } from './object-writes.ts';
import type { ProfileTables } from './profile-tables.ts';
import type { Stamps } from './stamp.ts';

/** What consolidation of a local store needs. */
export interface ProfileConsolidationSources {
  readonly tables: ProfileTables;
  readonly journal: ChangeJournal;
  readonly aggregates: AggregateWrites;
  readonly writes: ObjectWrites;
  readonly stamps: Stamps;
  readonly log: Logger;
  /** The list of this image's files is on its way. */
  readonly isListAwaited: (image: string) => boolean;
}

type ReportReader = (row: TimeSeriesRow) => ContainerProfile | undefined;

/** The object whose settings hold. */
const SETTINGS_KEY = { namespace: '', name: 'default' };

/** Merges the reports of one profile of a local store. */
export class ProfileConsolidation {
  readonly #sources: ProfileConsolidationSources;
  /** Undefined when these tables keep no lists. */
  readonly #images: ImageSettlement | undefined;
  /** The version of the settings that was read last, and what came of it. */
  #known: { readonly version: number; readonly settings: CollapseSettings | undefined } | undefined;

  constructor(sources: ProfileConsolidationSources) {
    this.#sources = sources;
    const { tables, isListAwaited, log } = sources;
    this.#images =
      tables.imageFiles &&
      new ImageSettlement({ tables: tables.imageFiles, isAwaited: isListAwaited, log });
  }

  /** As `ConsolidatingStore.consolidateProfile`. Within a transaction of the journal. */
  consolidate(key: ObjectKey, expiry: Expiry): ConsolidationResult {
    const { aggregates, tables, writes } = this.#sources;
    const rows = tables.series.rows(key);
    const profile = this.#profile(key);
    const readReport = this.#reportReader();
    const isOver = profile !== undefined && isClosed(profile.metadata);
    const isOpen = rows.length > 0 && !isOver;
    const merged = { key, profile, reports: isOpen ? readable(rows, readReport) : [] };
    // Rows and reports stay as they are, and come again with the next pass.
    if (isOpen && this.#images?.isEarly(merged)) return 'unchanged';
    const outcome = consolidate({
      ...{ key, profile, rows, readReport },
      ...expiry,
      settings: isOpen ? this.#settingsFor(merged) : undefined,
    });
    // The profile first: whoever watches never sees its reports gone before they are merged.
    if (outcome.profile) this.#keep(outcome.profile, profile);
    writes.deleteReports(rows);
    tables.series.removeAll(key);
    for (const row of outcome.rows) tables.series.put(row);
    if (tables.series.takeOutdated(key)) aggregates.changed(key);
    // It takes no more reports.
    if (isOver || outcome.result === 'completed') tables.imageFiles?.forget(key);
    return outcome.result;
  }

  /** Reads each report once. */
  #reportReader(): ReportReader {
    const known = new Map<TimeSeriesRow, ContainerProfile | undefined>();
    return (row) => {
      if (!known.has(row)) known.set(row, this.#profile(reportKeyOf(row)));
      return known.get(row);
    };
  }

  #settingsFor(merged: MergedProfile): CollapseSettings | undefined {
    const settings = this.#settings();
    const imageFiles = this.#images?.filesFor(merged);
    return imageFiles ? { ...(settings ?? DEFAULT_COLLAPSE), imageFiles } : settings;
  }

  #keep(profile: ContainerProfile, stored: ContainerProfile | undefined): void {
    const { aggregates, journal, stamps } = this.#sources;
    const object = profile as unknown as KubernetesObject;
    const isSpecSame = stored !== undefined && isSameSpec(stored, profile);
    const generation = (object.metadata.generation ?? 0) + Number(!isSpecSame);
    const own = stored === undefined ? stamps.next() : {};
    const metadata = { ...object.metadata, ...own, generation };
    journal.put({
      type: stored === undefined ? 'added' : 'modified',
      kind: 'ContainerProfile',
      object: { ...object, metadata },
      role: 'plain',
    });
    aggregates.enter(profile);
  }

  /** Undefined for the defaults, which also hold while the object cannot be used. */
  #settings(): CollapseSettings | undefined {
    const { objects } = this.#sources.tables;
    const version = this.#versionOfSettings();
    if (version === undefined) return undefined;
    if (this.#known?.version === version) return this.#known.settings;
    let settings: CollapseSettings | undefined;
    try {
      const row = objects.row('CollapseConfiguration', SETTINGS_KEY, true);
      settings = row && collapseSettingsFrom(objectOf('CollapseConfiguration', row)['spec']);
    } catch (reason) {
      const fields = { resourceVersion: version, ...errorFields(reason) };
      this.#sources.log.warn(
        'CollapseConfiguration default cannot be used: the defaults hold',
        fields,
      );
    }
    this.#known = { version, settings };
    return settings;
  }

  /** Undefined when there is none. 0 when it is damaged: no version is. */
  #versionOfSettings(): number | undefined {
    try {
      const row = this.#sources.tables.objects.row('CollapseConfiguration', SETTINGS_KEY, false);
      return row?.resourceVersion;
    } catch {
      return 0;
    }
  }

  #profile(key: ObjectKey): ContainerProfile | undefined {
    const row = this.#sources.tables.objects.row('ContainerProfile', key, true);
    return row && (objectOf('ContainerProfile', row) as unknown as ContainerProfile);
  }
}

/** The reports that can be read; merging tells of the others. */
function readable(rows: readonly TimeSeriesRow[], read: ReportReader): readonly ContainerProfile[] {
  return rows
    .filter(({ hasData }) => hasData)
    .map((row) => {
      try {
        return read(row);
      } catch {
        return undefined;
      }
    })
    .filter((report) => report !== undefined);
}

function isSameSpec(a: ContainerProfile, b: ContainerProfile): boolean {
  return isSameJson(JSON.stringify(a.spec), JSON.stringify(b.spec));
}
