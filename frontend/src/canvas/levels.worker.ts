/** Decodes a picture off the main thread, and cuts it up. One worker a picture; it ends when that is done. */

import { tellLevels } from "./cutting";
import type { LevelsMessage } from "./levels";

function tell(message: LevelsMessage, transfer: Transferable[] = []): void {
  self.postMessage(message, { transfer });
}

async function cut(file: Blob): Promise<void> {
  await tellLevels(await createImageBitmap(file), (size, level) =>
    tell(
      { kind: "level", size, level },
      level.tiles.map((tile) => tile.bitmap),
    ),
  );
  tell({ kind: "done" });
}

self.addEventListener("message", (event: MessageEvent<Blob>) => {
  cut(event.data).catch((error: unknown) => tell({ kind: "failed", message: String(error) }));
});
