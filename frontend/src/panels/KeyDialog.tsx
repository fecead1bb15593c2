/** Asks for the server's key. It stays until there is one that is taken: without it nothing on the page works. */

import { Dialog } from "radix-ui";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { isKeyTaken } from "../api/client";
import { asApiError } from "../api/errors";
import { giveKey, useKey } from "../api/key";
import frame from "./DialogFrame.module.css";
import styles from "./KeyDialog.module.css";
import { useProblemText } from "./problems";

export function KeyDialog() {
  const { t } = useTranslation();
  return (
    <Dialog.Root open>
      <Dialog.Portal>
        <Dialog.Overlay className={frame.scrim} />
        <Dialog.Content className={frame.dialog}>
          <header className={frame.head}>
            <Dialog.Title className={frame.title}>{t("key.title")}</Dialog.Title>
          </header>
          <KeyForm />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function KeyForm() {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const wasRefused = useKey((state) => state.wasRefused);
  const id = useId();
  const [key, setKey] = useState("");
  const [isRemembered, setIsRemembered] = useState(false);
  const [isTrying, setIsTrying] = useState(false);
  const [wrong, setWrong] = useState(() => (wasRefused ? t("key.expired") : ""));
  const use = async (event: FormEvent) => {
    event.preventDefault();
    setIsTrying(true);
    try {
      if (await isKeyTaken(key)) giveKey(key, isRemembered);
      else setWrong(t("key.refused"));
    } catch (error) {
      const { code, detail } = asApiError(error);
      setWrong(problemText(code, detail));
    } finally {
      setIsTrying(false);
    }
  };
  return (
    <form className={styles.form} onSubmit={(event) => void use(event)}>
      <Dialog.Description className={styles.lead}>{t("key.lead")}</Dialog.Description>
      <label htmlFor={id}>{t("key.label")}</label>
      <input
        id={id}
        className="field"
        type="password"
        autoComplete="current-password"
        spellCheck={false}
        required
        value={key}
        aria-invalid={wrong !== ""}
        aria-describedby={wrong === "" ? undefined : `${id}-wrong`}
        onChange={({ currentTarget }) => {
          setKey(currentTarget.value.trim());
          setWrong("");
        }}
      />
      {wrong !== "" && (
        <p id={`${id}-wrong`} className={styles.wrong} role="alert">
          {wrong}
        </p>
      )}
      <label className={styles.remember}>
        <input
          type="checkbox"
          checked={isRemembered}
          onChange={({ currentTarget }) => setIsRemembered(currentTarget.checked)}
        />
        {t("key.remember")}
      </label>
      <button type="submit" className="button primary" disabled={key === "" || isTrying}>
        {isTrying ? t("key.checking") : t("key.use")}
      </button>
    </form>
  );
}
