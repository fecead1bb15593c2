/** From a drawing to the maps of its letters, and to the patches of heat that lie over the picture. */

import { mapsUrl } from "../api/pictures";
import type { CandidateMaps } from "../api/types";
import type { Choices } from "../document/types";
import { imagePoint, type Quad } from "../geometry/types";
import type { Job } from "../jobs/types";
import { laidInto, type Patch } from "./ghosts";
import { heatPicture, type SheetLevels } from "./letterHeat";
import type { SheetState } from "./letterSheets";

export interface LetterWord {
  readonly item: number;
  readonly url: string;
  /** null: no letters that the model drew. */
  readonly maps: CandidateMaps | null;
  readonly kind: "drawn" | "typeset" | "removed";
}

/** Of the drawings that are looked at; the best ones without `choices`. */
export function letterWords(job: Job, choices: Choices | null): readonly LetterWord[] {
  if (job.status !== "succeeded") return [];
  const chosen = choices ?? job.bests;
  const drawings = job.candidates.filter(({ index }) => chosen.includes(index));
  return drawings.map(({ item, index, kind, maps }) => ({
    item,
    url: mapsUrl(job.editId, index),
    maps: maps ?? null,
    kind: job.origin.request.edits[item]?.text === "" ? "removed" : kind === "typeset" ? "typeset" : "drawn",
  }));
}

export interface LetterState {
  readonly words: readonly LetterWord[];
  readonly sheets: ReadonlyMap<string, SheetState>;
  readonly alone: { readonly item: number; readonly at: number } | null;
  /** Device pixels a picture pixel. */
  readonly scale: number;
}

interface Kept {
  readonly levels: SheetLevels;
  readonly alone: number | null;
  readonly scale: number;
  readonly patch: Patch;
}

/** What hasn't changed isn't painted anew. */
export function createLetterPatches(): (state: LetterState) => readonly Patch[] {
  const kept = new Map<string, Kept>();

  function patchOf(url: string, maps: CandidateMaps, wanted: Omit<Kept, "patch">): Patch {
    const { levels, alone, scale } = wanted;
    const before = kept.get(url);
    if (before?.levels === levels && before.alone === alone && before.scale === scale) return before.patch;
    const pixels = heatPicture(maps, levels, alone);
    const frame = { x: 0, y: 0, width: pixels.width, height: pixels.height };
    const patch = laidInto(quadOf(maps), { pixels, frame }, scale, before?.patch.canvas);
    kept.set(url, { ...wanted, patch });
    return patch;
  }

  return ({ words, sheets, alone, scale }) => {
    for (const url of kept.keys()) if (!words.some((word) => word.url === url)) kept.delete(url);
    return words.flatMap(({ item, url, maps }) => {
      const sheet = sheets.get(url);
      const isHidden = alone !== null && alone.item !== item;
      if (maps === null || sheet?.status !== "ready" || isHidden) return [];
      return [patchOf(url, maps, { levels: sheet.levels, alone: alone?.at ?? null, scale: coarse(scale) })];
    });
  };
}

/** Heat has no edges: it is laid anew only where one has zoomed far. */
function coarse(scale: number): number {
  return Math.min(1, 2 ** Math.ceil(Math.log2(scale)));
}

function quadOf({ quad_px: [a, b, c, d] }: CandidateMaps): Quad {
  return [imagePoint(a[0], a[1]), imagePoint(b[0], b[1]), imagePoint(c[0], c[1]), imagePoint(d[0], d[1])];
}
