/** A button that opens the file picker. */

import { type ButtonHTMLAttributes, useRef } from "react";

interface FileButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly accept: string;
  readonly onPick: (file: File) => void;
}

export function FileButton({ accept, onPick, ...button }: FileButtonProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button {...button} type="button" onClick={() => input.current?.click()} />
      <input
        ref={input}
        type="file"
        accept={accept}
        hidden
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          // The same file can be picked again.
          currentTarget.value = "";
          if (file !== undefined) onPick(file);
        }}
      />
    </>
  );
}
