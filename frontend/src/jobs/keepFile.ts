/** What is taken away: the picture as a file in a format of one's choice, or on the clipboard. */

import { fetchFile } from "../api/client";
import { asApiError } from "../api/errors";
import { drawnUrl, type FileFormat, imageUrl, type Rendering } from "../api/pictures";
import { useDocument } from "../document/store";
import { notify } from "./notices";
import { useReview } from "./review";
import { useJob } from "./store";

const SUFFIXES: Readonly<Record<FileFormat, string>> = { png: ".png", jpeg: ".jpg", webp: ".webp" };

/** → whether it was saved; what went wrong is told. */
export async function downloadPicture(format: FileFormat, quality: number): Promise<boolean> {
  const rendering: Rendering = format === "png" ? {} : { format, quality };
  const { picture } = useDocument.getState();
  const address = shownUrl(rendering);
  if (picture === null || address === null) return false;
  try {
    const file = await fetchFile(address);
    saveFile(file, `${picture.name.replace(/\.[^.]*$/, "")}-respelled${SUFFIXES[format]}`);
    return true;
  } catch (error) {
    const { code, detail, retryAfterS } = asApiError(error);
    notify({ code, detail, retryAfterS });
    return false;
  }
}

/** → whether the picture is on the clipboard now. */
export async function copyPicture(): Promise<boolean> {
  const address = shownUrl({});
  if (address === null) return false;
  try {
    // The promise itself: after waiting for the file some browsers take the key press for over.
    await navigator.clipboard.write([new ClipboardItem({ "image/png": fetchFile(address) })]);
    notify({ code: "copied", kind: "info" });
    return true;
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    notify({ code: "clipboard_refused" });
    return false;
  }
}

export function saveFile(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** The drawings that are looked at, or else the picture. */
function shownUrl(rendering: Rendering): string | null {
  const { job } = useJob.getState();
  if (job.status === "succeeded") {
    return drawnUrl(job.editId, useReview.getState().choices ?? job.bests, rendering);
  }
  const { picture } = useDocument.getState();
  return picture === null ? null : imageUrl(picture.imageId, rendering);
}
