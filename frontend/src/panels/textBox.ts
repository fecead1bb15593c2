/** Opens the text box from elsewhere: by its key, or from the candidates that it was drawn to. */

import { documentActions, useDocument } from "../document/store";
import { uiActions } from "./ui";

export function openTextBox(): void {
  const { activePlaceId, places } = useDocument.getState();
  const written = places.find(({ text }) => text !== null);
  if (activePlaceId === null && written !== undefined) documentActions.activate(written.id);
  else if (activePlaceId === null) documentActions.activateNext(1);
  uiActions.openTextBox();
  // An open box keeps the focus that it has; asked for, it takes it.
  document.querySelector<HTMLElement>("[data-word-text]")?.focus();
}
