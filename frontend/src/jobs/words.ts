/** Looks for the words of the picture; an answer that comes late goes to the picture that it is about. */

import { detectWords } from "../api/client";
import { asApiError } from "../api/errors";
import type { Region } from "../api/types";
import { documentActions, useDocument } from "../document/store";
import type { Word } from "../document/types";
import { imagePoint, type Quad } from "../geometry/types";

export async function lookForWords(): Promise<void> {
  const { picture } = useDocument.getState();
  if (picture === null) return;
  documentActions.setWords({ status: "looking" }, picture.imageId);
  try {
    const { regions } = await detectWords(picture.imageId);
    documentActions.setWords({ status: "found", words: regions.map(wordOf) }, picture.imageId);
  } catch (error) {
    const { code, detail } = asApiError(error);
    documentActions.setWords({ status: "failed", code, message: detail }, picture.imageId);
  }
}

function wordOf(region: Region): Word {
  return {
    regionId: region.region_id,
    quad: quadOf(region.quad_px),
    text: region.text,
    confidence: region.confidence,
    charHeightPx: region.char_height_px,
  };
}

function quadOf([a, b, c, d]: Region["quad_px"]): Quad {
  return [imagePoint(...a), imagePoint(...b), imagePoint(...c), imagePoint(...d)];
}
