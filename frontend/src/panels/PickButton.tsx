/** Opens the picture that is picked. */

import type { ReactNode } from "react";
import { openFile } from "../jobs/open";
import { FileButton } from "./FileButton";

interface PickButtonProps {
  readonly className: string;
  readonly children: ReactNode;
}

export function PickButton({ className, children }: PickButtonProps) {
  return (
    <FileButton
      className={className}
      accept="image/png,image/jpeg,image/webp"
      data-open-picture=""
      onPick={(file) => void openFile(file)}
    >
      {children}
    </FileButton>
  );
}
