/** Cutting up pictures, for workers. */

import type { Size } from "../geometry/types";
import { type Level, levelScales, type Tile, tileBoxes } from "./levels";

/** Cuts a picture up and closes it. The coarse levels go first: a large picture is seen before it is done. */
export async function tellLevels(full: ImageBitmap, tell: (size: Size, level: Level) => void): Promise<void> {
  const size: Size = { width: full.width, height: full.height };
  const scales = levelScales(size);
  const sources = [full];
  for (const _ of scales.slice(1)) {
    const finer = sources.at(-1);
    if (finer) sources.push(await halved(finer));
  }
  for (const [i, scale] of [...scales.entries()].reverse()) {
    const source = sources[i];
    if (!source) continue;
    const tiles = await tiled(source);
    source.close();
    tell(size, { scale, tiles });
  }
}

/** Halves by halves: each pixel is the mean of four, without the cost of a wide filter on the whole. */
async function halved(source: ImageBitmap): Promise<ImageBitmap> {
  return createImageBitmap(source, {
    resizeWidth: Math.max(1, Math.round(source.width / 2)),
    resizeHeight: Math.max(1, Math.round(source.height / 2)),
    resizeQuality: "medium",
  });
}

async function tiled(source: ImageBitmap): Promise<readonly Tile[]> {
  return Promise.all(
    tileBoxes(source).map(async (box) => ({
      box,
      bitmap: await createImageBitmap(source, box.x, box.y, box.width, box.height),
    })),
  );
}
