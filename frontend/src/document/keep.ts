/** What survives a reload: the document with its undo history, the settings, and what others put on a shelf. */

import { del, get, set } from "idb-keyval";
import { maskBitmaps, restoreBitmaps } from "./bitmaps";
import type { History } from "./history";
import { type PackedOp, packOp, unpackOp } from "./packing";
import type { MaskBitmap } from "./pixels";
import { documentActions, useDocument } from "./store";
import { keptStore, thisTab, touchTab } from "./tab";
import type { DocumentContent, DrawSettings, Place } from "./types";

/** Another shape of what is kept gets another number; what has the old one is left. */
const VERSION = 2;
/** A change is written at once, and then not again for so long: typing isn't written letter by letter. */
const PAUSE_MS = 200;
/** Undo goes back this far after a reload. */
const KEPT_STEPS = 100;

/** One thing that is kept for this tab. */
export interface Shelf<T> {
  load(): Promise<T | null>;
  save(value: T): Promise<void>;
  clear(): Promise<void>;
}

/** A place for something of one shape; a `version` that is new empties it. */
export function shelf<T>(name: string, version: number): Shelf<T> {
  const key = async () => `${await thisTab()}/${name}`;
  return {
    async load() {
      const kept = await get<{ readonly version: number; readonly value: T }>(await key(), keptStore());
      return kept?.version === version ? kept.value : null;
    },
    async save(value) {
      await set(await key(), { version, value }, keptStore());
      await touchTab(await thisTab());
    },
    async clear() {
      await del(await key(), keptStore());
    },
  };
}

/**
 * Brings back what was kept and keeps what changes from now on → whether there is a picture.
 * Call it once, before the page is used; `onFailure` hears once when the browser can't keep any more.
 */
export async function keepDocument(onFailure: (error: unknown) => void): Promise<boolean> {
  let isFailing = false;
  const attempt = async (task: () => Promise<void>) => {
    try {
      await task();
      isFailing = false;
    } catch (error) {
      if (!isFailing) onFailure(error);
      isFailing = true;
    }
  };
  await attempt(restoreDocument);
  useDocument.subscribe(atOnceThenPausing(() => attempt(saveDocument)));
  // The last moment before a reload in which something can still be written, if the browser is quick.
  addEventListener("pagehide", () => attempt(saveDocument));
  return useDocument.getState().picture !== null;
}

function atOnceThenPausing(task: () => void): () => void {
  let state: "idle" | "pausing" | "waiting" = "idle";
  const run = () => {
    state = "pausing";
    task();
    setTimeout(() => {
      if (state === "waiting") run();
      else state = "idle";
    }, PAUSE_MS);
  };
  return () => {
    if (state === "idle") run();
    else state = "waiting";
  };
}

type PackedPlace = Exclude<Place, { kind: "mask" }> | PackedMask;
type PackedMask = Omit<Extract<Place, { kind: "mask" }>, "ops"> & { readonly ops: readonly PackedOp[] };
type PackedContent = Omit<DocumentContent, "places"> & { readonly places: readonly PackedPlace[] };

interface KeptDocument {
  readonly history: History<PackedContent>;
  readonly settings: DrawSettings;
  readonly bitmapIds: readonly string[];
}

const DOCUMENT = shelf<KeptDocument>("document", VERSION);
const savedBitmaps = new Set<string>();

async function saveDocument(): Promise<void> {
  // They are large and never change, so each is written once.
  const unsaved = [...maskBitmaps].filter(([id]) => !savedBitmaps.has(id));
  for (const [id, bitmap] of unsaved) await bitmapShelf(id).save(bitmap);
  for (const [id] of unsaved) savedBitmaps.add(id);
  const { history, settings } = useDocument.getState();
  await DOCUMENT.save({ history: packHistory(history), settings, bitmapIds: [...maskBitmaps.keys()] });
}

async function restoreDocument(): Promise<void> {
  const kept = await DOCUMENT.load();
  if (kept === null) return;
  const loaded = await Promise.all(
    kept.bitmapIds.map(async (id) => [id, await bitmapShelf(id).load()] as const),
  );
  restoreBitmaps(new Map(loaded.flatMap(([id, bitmap]) => (bitmap ? [[id, bitmap] as const] : []))));
  for (const id of kept.bitmapIds) savedBitmaps.add(id);
  documentActions.restore(unpackHistory(kept.history), kept.settings);
}

function bitmapShelf(id: string): Shelf<MaskBitmap> {
  return shelf<MaskBitmap>(id, VERSION);
}

function packHistory(history: History<DocumentContent>): History<PackedContent> {
  return {
    past: history.past.slice(-KEPT_STEPS).map(packContent),
    present: packContent(history.present),
    future: history.future.slice(0, KEPT_STEPS).map(packContent),
    open: null,
  };
}

function packContent(content: DocumentContent): PackedContent {
  const pack = (place: Place): PackedPlace =>
    place.kind === "mask" ? { ...place, ops: place.ops.map(packOp) } : place;
  return { ...content, places: content.places.map(pack) };
}

/** Operations that were one in several states are one again: the screen's mask knows them by identity. */
function unpackHistory(kept: History<PackedContent>): History<DocumentContent> {
  const known = new Map<PackedOp, ReturnType<typeof unpackOp>>();
  const unpackOnce = (packed: PackedOp) => {
    const op = known.get(packed) ?? unpackOp(packed);
    known.set(packed, op);
    return op;
  };
  const unpack = (place: PackedPlace): Place =>
    place.kind === "mask" ? { ...place, ops: place.ops.map(unpackOnce) } : place;
  const unpackContent = (content: PackedContent): DocumentContent => ({
    ...content,
    places: content.places.map(unpack),
  });
  return {
    past: kept.past.map(unpackContent),
    present: unpackContent(kept.present),
    future: kept.future.map(unpackContent),
    open: null,
  };
}
