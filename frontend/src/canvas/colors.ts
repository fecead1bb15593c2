/** The page's colours for painting, read once a theme. Outlines over a photo are white and dark in every theme. */

export type RgbBytes = readonly [number, number, number];

export interface Colors {
  readonly accent: string;
  readonly accentRgb: RgbBytes;
  readonly wrong: string;
}

function readColors(): Colors {
  const style = getComputedStyle(document.documentElement);
  const accent = style.getPropertyValue("--accent").trim();
  return { accent, accentRgb: bytesOf(accent), wrong: style.getPropertyValue("--wrong").trim() };
}

/** Whatever way a colour is written: what a canvas makes of it. */
function bytesOf(color: string): RgbBytes {
  const ctx = document.createElement("canvas").getContext("2d");
  if (!ctx) throw new Error("the browser gives no canvas to read a colour with");
  ctx.fillStyle = color;
  ctx.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0] = ctx.getImageData(0, 0, 1, 1).data;
  return [red, green, blue];
}

/** Calls back at once and after each change of the theme. → stops. */
export function watchColors(changed: (colors: Colors) => void): () => void {
  const tell = () => changed(readColors());
  const observer = new MutationObserver(tell);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", tell);
  tell();
  return () => {
    observer.disconnect();
    system.removeEventListener("change", tell);
  };
}
