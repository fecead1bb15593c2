/** Draws what lies over the picture: mask, ghosts, outlines, what a tool is drawing. Knows no stores. */

import { type MaskLayer, paintMask } from "../document/maskPaint";
import type { Box, ImagePoint, Quad, Size, Viewport } from "../geometry/types";
import { toScreen } from "../geometry/viewport";
import type { Colors } from "./colors";
import type { Patch } from "./ghosts";

export interface Outline {
  readonly quad: Quad;
  /** active: its text is being typed; chosen: it is one of those to be drawn; quiet: there are more important things. */
  readonly look: "plain" | "quiet" | "hover" | "chosen" | "active";
  /** Read with little confidence: dashed, so that it isn't told by colour alone. */
  readonly isDoubtful: boolean;
}

export interface OpenOutline {
  readonly points: readonly ImagePoint[];
  readonly isClosed: boolean;
  readonly erase: boolean;
}

export interface OverlayScene {
  readonly viewport: Viewport;
  readonly devicePixelRatio: number;
  readonly colors: Colors;
  readonly mask: MaskLayer | null;
  /** The picture's size while it stands back behind what lies over it. */
  readonly veil: Size | null;
  readonly patches: readonly Patch[];
  readonly outlines: readonly Outline[];
  readonly sketch: OpenOutline | null;
}

const MASK_OPACITY = 0.45;
/** Dark under white under the colour: one of them is seen on any photo. */
const DARK = "rgb(20 18 16 / 62%)";
const WHITE = "rgb(255 255 255 / 96%)";
const VEIL = "rgb(20 18 16 / 38%)";
const DASH = [6, 4];

/** `dirty`, in picture pixels: nothing changed outside; null: paint all. */
export function paintOverlay(ctx: CanvasRenderingContext2D, scene: OverlayScene, dirty: Box | null): void {
  const { viewport, devicePixelRatio } = scene;
  ctx.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  ctx.save();
  if (dirty) clipTo(ctx, dirty, viewport, devicePixelRatio);
  ctx.clearRect(0, 0, ctx.canvas.width, ctx.canvas.height);
  if (scene.veil) paintVeil(ctx, scene.veil, viewport);
  for (const patch of scene.patches) paintPatch(ctx, patch, viewport);
  if (scene.mask) {
    ctx.globalAlpha = MASK_OPACITY;
    ctx.imageSmoothingEnabled = true;
    paintMask(ctx, { layer: scene.mask, viewport });
    ctx.globalAlpha = 1;
  }
  for (const outline of scene.outlines) paintOutline(ctx, outline, scene);
  if (scene.sketch) paintSketch(ctx, scene.sketch, scene);
  ctx.restore();
}

/** On whole device pixels and a little larger: edges are mixed with their neighbours. */
function clipTo(ctx: CanvasRenderingContext2D, box: Box, viewport: Viewport, ratio: number): void {
  const { scale, offsetX, offsetY } = viewport;
  const x0 = Math.floor((box.x * scale + offsetX) * ratio - 2) / ratio;
  const y0 = Math.floor((box.y * scale + offsetY) * ratio - 2) / ratio;
  const x1 = Math.ceil(((box.x + box.width) * scale + offsetX) * ratio + 2) / ratio;
  const y1 = Math.ceil(((box.y + box.height) * scale + offsetY) * ratio + 2) / ratio;
  ctx.beginPath();
  ctx.rect(x0, y0, x1 - x0, y1 - y0);
  ctx.clip();
}

function paintVeil(ctx: CanvasRenderingContext2D, { width, height }: Size, viewport: Viewport): void {
  const { scale, offsetX, offsetY } = viewport;
  ctx.fillStyle = VEIL;
  ctx.fillRect(offsetX, offsetY, width * scale, height * scale);
}

function paintPatch(ctx: CanvasRenderingContext2D, { canvas, box }: Patch, viewport: Viewport): void {
  const { scale, offsetX, offsetY } = viewport;
  ctx.imageSmoothingEnabled = true;
  ctx.drawImage(
    canvas,
    box.x * scale + offsetX,
    box.y * scale + offsetY,
    box.width * scale,
    box.height * scale,
  );
}

function paintOutline(
  ctx: CanvasRenderingContext2D,
  outline: Outline,
  { viewport, colors }: OverlayScene,
): void {
  trace(ctx, outline.quad, viewport, true);
  ctx.lineJoin = "round";
  const dash = outline.isDoubtful ? DASH : [];
  switch (outline.look) {
    case "quiet":
      ctx.globalAlpha = 0.55;
      line(ctx, DARK, 2.5, []);
      line(ctx, WHITE, 1, dash);
      ctx.globalAlpha = 1;
      break;
    case "plain":
      line(ctx, DARK, 4, []);
      line(ctx, WHITE, 1.75, dash);
      break;
    case "hover":
      ctx.fillStyle = "rgb(255 255 255 / 16%)";
      ctx.fill();
      line(ctx, DARK, 5, []);
      line(ctx, WHITE, 2.75, dash);
      break;
    case "chosen":
      line(ctx, WHITE, 4.5, []);
      line(ctx, colors.accent, 2, dash);
      break;
    case "active":
      line(ctx, DARK, 7, []);
      line(ctx, WHITE, 5.5, []);
      line(ctx, colors.accent, 2.75, []);
  }
}

function paintSketch(
  ctx: CanvasRenderingContext2D,
  sketch: OpenOutline,
  { viewport, colors }: OverlayScene,
): void {
  const color = sketch.erase ? colors.wrong : colors.accent;
  trace(ctx, sketch.points, viewport, sketch.isClosed);
  ctx.lineJoin = "round";
  if (sketch.isClosed) {
    ctx.globalAlpha = 0.18;
    ctx.fillStyle = color;
    ctx.fill();
    ctx.globalAlpha = 1;
  }
  line(ctx, DARK, 5, []);
  line(ctx, WHITE, 3.5, []);
  line(ctx, color, 2, sketch.erase ? DASH : []);
  if (!sketch.isClosed || sketch.points.length <= NUM_CORNERS)
    for (const point of sketch.points) paintDot(ctx, point, viewport, color);
}

/** The points of a lasso, which is closed as well, aren't corners. */
const NUM_CORNERS = 4;

function paintDot(ctx: CanvasRenderingContext2D, point: ImagePoint, viewport: Viewport, color: string): void {
  const { x, y } = toScreen(viewport, point);
  ctx.beginPath();
  ctx.arc(x, y, 4.5, 0, 2 * Math.PI);
  ctx.fillStyle = "white";
  ctx.fill();
  line(ctx, DARK, 3, []);
  ctx.fill();
  line(ctx, color, 1.75, []);
}

function trace(
  ctx: CanvasRenderingContext2D,
  points: readonly ImagePoint[],
  viewport: Viewport,
  isClosed: boolean,
): void {
  ctx.beginPath();
  for (const point of points) {
    const { x, y } = toScreen(viewport, point);
    ctx.lineTo(x, y);
  }
  if (isClosed) ctx.closePath();
}

function line(ctx: CanvasRenderingContext2D, color: string, width: number, dash: readonly number[]): void {
  ctx.setLineDash([...dash]);
  ctx.strokeStyle = color;
  ctx.lineWidth = width;
  ctx.stroke();
}
