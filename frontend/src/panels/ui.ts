/** What is open on the page; nothing here is part of the document, and nothing is undone. */

import { create } from "zustand";

export type DialogName = "keys" | "download";

interface UiState {
  readonly dialog: DialogName | null;
  readonly showsHistory: boolean;
  /** The text box at the word is open; closed, a small button stands at the word in its place. */
  readonly isTextBoxOpen: boolean;
}

export const useUi = create<UiState>(() => ({ dialog: null, showsHistory: false, isTextBoxOpen: true }));

export const uiActions = {
  openDialog: (dialog: DialogName) => useUi.setState({ dialog }),
  closeDialog: () => useUi.setState({ dialog: null }),
  toggleHistory: () => useUi.setState(({ showsHistory }) => ({ showsHistory: !showsHistory })),
  openTextBox: () => useUi.setState({ isTextBoxOpen: true }),
  closeTextBox: () => useUi.setState({ isTextBoxOpen: false }),
};
