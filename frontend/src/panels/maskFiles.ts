/** The mask as a file: saved as it would be sent, or loaded from one. */

import { maskBitmaps } from "../document/bitmaps";
import { maskOps } from "../document/edits";
import { importMask, MaskError, maskToPng } from "../document/mask";
import { documentActions, useDocument } from "../document/store";
import type { Picture } from "../document/types";
import { saveFile } from "../jobs/keepFile";
import { notify } from "../jobs/notices";

export async function exportMask(): Promise<void> {
  await told(async (picture) => {
    const ops = maskOps(useDocument.getState());
    saveFile(await maskToPng(ops, picture, maskBitmaps), `${withoutSuffix(picture.name)}-mask.png`);
  });
}

export async function loadMask(file: File): Promise<void> {
  await told(async (picture) => {
    const bitmapId = await importMask(file, picture);
    documentActions.editMask({ kind: "import", bitmapId });
    notify({ kind: "info", code: "maskLoaded" });
  });
}

async function told(work: (picture: Picture) => Promise<void>): Promise<void> {
  const { picture } = useDocument.getState();
  if (picture === null) return;
  try {
    await work(picture);
  } catch (error) {
    if (!(error instanceof MaskError)) throw error;
    notify({ code: error.code, detail: error.message });
  }
}

function withoutSuffix(name: string): string {
  return name.replace(/\.[^.]*$/, "");
}
