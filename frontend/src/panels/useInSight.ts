/** What is chosen is in sight: on a phone the candidates are a strip, and the best one may lie beyond its end. */

import { type RefObject, useEffect, useRef } from "react";

export function useInSight<T extends HTMLElement>(isChosen: boolean): RefObject<T | null> {
  const element = useRef<T>(null);
  useEffect(() => {
    if (isChosen) element.current?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [isChosen]);
  return element;
}
