/** Looks for the words of the picture; an answer that comes late goes to the picture that it is about. */

import { detectWords } from "../api/client";
import { asApiError } from "../api/errors";
import type { Region } from "../api/types";
import { documentActions, useDocument } from "../document/store";
import type { Word } from "../document/types";
import { quadAt } from "../geometry/quad";

const ASK_AGAIN_MS = 2000;
/** A service that has just been started loads its model while the page is open already. */
const LOADED_WITHIN_MS = 60_000;

export async function lookForWords(): Promise<void> {
  const { picture } = useDocument.getState();
  if (picture === null) return;
  const { imageId } = picture;
  const isInSight = () => useDocument.getState().picture?.imageId === imageId;
  const latest = performance.now() + LOADED_WITHIN_MS;
  documentActions.setWords({ status: "looking" }, imageId);
  for (;;) {
    try {
      const { regions } = await detectWords(imageId);
      return documentActions.setWords({ status: "found", words: regions.map(wordOf) }, imageId);
    } catch (error) {
      const { code, detail } = asApiError(error);
      if (code !== "no_worker" || performance.now() > latest || !isInSight())
        return documentActions.setWords({ status: "failed", code, message: detail }, imageId);
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
}

function wordOf(region: Region): Word {
  return {
    regionId: region.region_id,
    quad: quadAt(region.quad_px),
    text: region.text,
    confidence: region.confidence,
    charHeightPx: region.char_height_px,
  };
}
