/** The frame of every dialog; loaded with the first one that is opened. */

import { Dialog } from "radix-ui";
import type { ReactNode } from "react";
import styles from "./DialogFrame.module.css";
import { Icon } from "./Icon";
import { uiActions } from "./ui";

interface DialogFrameProps {
  readonly title: string;
  readonly closeLabel: string;
  readonly isWide?: boolean;
  readonly children: ReactNode;
}

export function DialogFrame({ title, closeLabel, isWide = false, children }: DialogFrameProps) {
  return (
    <Dialog.Root
      open
      onOpenChange={(isOpen) => {
        if (!isOpen) uiActions.closeDialog();
      }}
    >
      <Dialog.Portal>
        <Dialog.Overlay className={styles.scrim} />
        <Dialog.Content
          className={styles.dialog}
          data-wide={isWide}
          aria-describedby={undefined}
          onOpenAutoFocus={(event) => {
            // Enter does what the dialog is for; one without such a button gives the focus to its first.
            const primary = document.querySelector<HTMLElement>("[role='dialog'] .primary");
            if (primary === null) return;
            event.preventDefault();
            primary.focus();
          }}
        >
          <header className={styles.head}>
            <Dialog.Title className={styles.title}>{title}</Dialog.Title>
            <Dialog.Close className="button icon quiet" aria-label={closeLabel}>
              <Icon name="cross" />
            </Dialog.Close>
          </header>
          {children}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
