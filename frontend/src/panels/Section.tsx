/** A part of the side panel, under its heading. */

import { type ReactNode, useId } from "react";
import styles from "./Section.module.css";

interface SectionProps {
  readonly heading: string;
  /** Stands at the end of the heading's line. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

export function Section({ heading, aside, children }: SectionProps) {
  const id = useId();
  return (
    <section className={styles.section} aria-labelledby={id}>
      <div className={styles.head}>
        <h2 id={id} className="heading">
          {heading}
        </h2>
        {aside}
      </div>
      {children}
    </section>
  );
}
