/** Opens a picture: a file, what was dropped or pasted, an address, a sample. What can't be taken is said at once. */

import { create } from "zustand";
import {
  ApiError,
  imageFromUrl,
  MAX_PIXELS,
  MAX_SIDE_PX,
  MAX_UPLOAD_BYTES,
  uploadImage,
} from "../api/client";
import type { ImageInfo } from "../api/types";
import { documentActions } from "../document/store";
import type { Size } from "../geometry/types";
import { notify } from "./notices";
import { SAMPLES, type Sample } from "./samples";
import { lookForWords } from "./words";

export { lookForWords as detectAgain } from "./words";

export interface Opening {
  readonly name: string;
  /** The share that has been sent, 0 to 1; null: not known. */
  readonly share: number | null;
}

export const useOpening = create<{ readonly opening: Opening | null }>(() => ({ opening: null }));

type Send = (onSent: (share: number) => void, signal: AbortSignal) => Promise<ImageInfo>;

let current = new AbortController();

export async function openFile(file: File): Promise<void> {
  const refused = await refusalOf(file);
  if (refused === null) await open(file.name, (onSent, signal) => uploadImage(file, onSent, signal));
  else notify(refused);
}

export async function openUrl(address: string): Promise<void> {
  const name = nameIn(address);
  if (name === null) notify({ code: "bad_url" });
  else await open(name, () => imageFromUrl(address));
}

export async function openSample(name: Sample["name"]): Promise<void> {
  const sample = SAMPLES.find((other) => other.name === name);
  if (sample === undefined) return;
  await open(sample.fileName, async (onSent, signal) => {
    const response = await fetch(sample.url, { signal });
    return await uploadImage(await response.blob(), onSent, signal);
  });
}

/** What was dropped or pasted. → whether there was a picture, or an address, in it. */
export function openTransfer(data: DataTransfer): boolean {
  const file = [...data.files].find(({ type }) => type.startsWith("image/")) ?? data.files[0];
  if (file !== undefined) {
    void openFile(file);
    return true;
  }
  const address = data.getData("text/uri-list").split("\n")[0]?.trim() ?? "";
  const typed = data.getData("text/plain").trim();
  const found = [address, typed].find((text) => nameIn(text) !== null);
  if (found !== undefined) void openUrl(found);
  return found !== undefined;
}

/** Lets an upload go. */
export function cancelOpening(): void {
  current.abort();
  useOpening.setState({ opening: null });
}

async function open(name: string, send: Send): Promise<void> {
  cancelOpening();
  const own = new AbortController();
  current = own;
  const show = (share: number | null) => {
    if (!own.signal.aborted) useOpening.setState({ opening: { name, share } });
  };
  show(null);
  try {
    const info = await send(show, own.signal);
    if (own.signal.aborted) return;
    useOpening.setState({ opening: null });
    documentActions.openPicture({ imageId: info.image_id, name, width: info.width, height: info.height });
    void lookForWords();
  } catch (error) {
    if (own.signal.aborted) return;
    useOpening.setState({ opening: null });
    if (!(error instanceof ApiError)) throw error;
    notify({ code: error.code, detail: error.detail, retryAfterS: error.retryAfterS });
  }
}

/** What the service would refuse, found out before sending 40 MB. What the browser can't read, the service may. */
async function refusalOf(file: File): Promise<{ readonly code: string; readonly detail: string } | null> {
  if (file.size === 0) return { code: "empty_image", detail: "" };
  if (!file.type.startsWith("image/") && !/\.(hei[cf]|tiff?)$/i.test(file.name))
    return { code: "not_a_picture", detail: "" };
  if (file.size > MAX_UPLOAD_BYTES)
    return { code: "upload_too_large", detail: `${file.size} > ${MAX_UPLOAD_BYTES}` };
  const size = await sizeOf(file);
  if (size === null) return null;
  const { width, height } = size;
  if (width * height <= MAX_PIXELS && Math.max(width, height) <= MAX_SIDE_PX) return null;
  return { code: "image_too_large", detail: `${width} × ${height} px` };
}

/** Without decoding its pixels. */
function sizeOf(file: File): Promise<Size | null> {
  const address = URL.createObjectURL(file);
  const image = new Image();
  return new Promise<Size | null>((resolve) => {
    image.onload = () => resolve({ width: image.naturalWidth, height: image.naturalHeight });
    image.onerror = () => resolve(null);
    image.src = address;
  }).finally(() => URL.revokeObjectURL(address));
}

/** The last part of an address's path; null for what is no address of the web. */
function nameIn(address: string): string | null {
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) return null;
  const { pathname, hostname } = new URL(address);
  return decodeURIComponent(pathname.split("/").at(-1) ?? "") || hostname;
}
