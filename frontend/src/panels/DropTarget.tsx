/** Takes pictures that are dropped or pasted anywhere on the page. */

import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { openTransfer } from "../jobs/open";
import styles from "./DropTarget.module.css";
import { Icon } from "./Icon";

export function DropTarget() {
  const { t } = useTranslation();
  const isOver = useDropAndPaste();
  if (!isOver) return null;
  return (
    <div className={styles.target} aria-hidden="true">
      <p>
        <Icon name="picture" size={32} />
        {t("empty.dropHere")}
      </p>
    </div>
  );
}

function useDropAndPaste(): boolean {
  const [isOver, setIsOver] = useState(false);
  useEffect(() => {
    const stop = new AbortController();
    const on = <K extends keyof WindowEventMap>(type: K, heard: (event: WindowEventMap[K]) => void) =>
      window.addEventListener(type, heard, { signal: stop.signal });
    on("dragover", (event) => {
      if (!isPicture(event.dataTransfer)) return;
      event.preventDefault();
      setIsOver(true);
    });
    on("dragleave", (event) => {
      if (event.relatedTarget === null) setIsOver(false);
    });
    on("drop", (event) => {
      setIsOver(false);
      if (event.dataTransfer === null || !isPicture(event.dataTransfer)) return;
      event.preventDefault();
      openTransfer(event.dataTransfer);
    });
    on("paste", (event) => {
      const isTyping =
        event.target instanceof HTMLElement && event.target.closest("input, textarea") !== null;
      const data = event.clipboardData;
      // A picture goes to no text field, so it is always meant for the page.
      if (data === null || (isTyping && data.files.length === 0)) return;
      if (openTransfer(data)) event.preventDefault();
    });
    return () => stop.abort();
  }, []);
  return isOver;
}

function isPicture(data: DataTransfer | null): boolean {
  return data !== null && ["Files", "text/uri-list"].some((type) => data.types.includes(type));
}
