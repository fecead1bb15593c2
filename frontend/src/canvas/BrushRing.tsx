/** A ring as wide as the brush, at the pointer. It is moved by style alone: no canvas is drawn anew for it. */

import { useEffect, useRef } from "react";
import { useTools } from "../tools/state";
import { usePointer } from "./pointer";
import styles from "./stage.module.css";
import { useView } from "./view";

export function BrushRing() {
  const ring = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const follow = () => {
      const { at } = usePointer.getState();
      const { tool, brushRadiusPx } = useTools.getState();
      const element = ring.current;
      if (!element) return;
      const isShown = at !== null && (tool === "brush" || tool === "eraser");
      element.hidden = !isShown;
      if (!isShown) return;
      const size = Math.max(4, 2 * brushRadiusPx * useView.getState().viewport.scale);
      element.style.width = element.style.height = `${size}px`;
      element.style.transform = `translate(${at.x - size / 2}px, ${at.y - size / 2}px)`;
    };
    follow();
    const stops = [usePointer.subscribe(follow), useTools.subscribe(follow), useView.subscribe(follow)];
    return () => {
      for (const stop of stops) stop();
    };
  }, []);
  return <div ref={ring} className={styles.ring} aria-hidden="true" hidden />;
}
