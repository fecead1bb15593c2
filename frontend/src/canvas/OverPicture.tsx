/** A layer whose children are laid out in picture pixels and go along when one zooms and pans. */

import { type ReactNode, useEffect, useRef } from "react";
import styles from "./stage.module.css";
import { useView } from "./view";

export function OverPicture({ children }: { readonly children: ReactNode }) {
  const layer = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // By style, not by React: a frame of zooming may not cost a rendering of every word.
    const follow = () => {
      const { scale, offsetX, offsetY } = useView.getState().viewport;
      if (!layer.current) return;
      layer.current.style.transform = `translate(${offsetX}px, ${offsetY}px) scale(${scale})`;
      layer.current.style.setProperty("--screen-px", `${1 / scale}px`);
    };
    follow();
    return useView.subscribe(follow);
  }, []);
  return (
    <div ref={layer} className={styles.overPicture}>
      {children}
    </div>
  );
}
