/** Before there is a picture: where one can come from. */

import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { cancelOpening, type Opening, openSample, openUrl, useOpening } from "../jobs/open";
import { SAMPLES } from "../jobs/samples";
import styles from "./EmptyState.module.css";
import { Icon } from "./Icon";
import { PickButton } from "./PickButton";
import { HAS_TOUCH } from "./touch";

export function EmptyState() {
  const opening = useOpening((state) => state.opening);
  return <div className={styles.room}>{opening === null ? <Ways /> : <OpeningCard opening={opening} />}</div>;
}

function OpeningCard({ opening: { name, share } }: { readonly opening: Opening }) {
  const { t } = useTranslation();
  return (
    <div className={styles.card} role="status">
      <Icon name="picture" size={32} />
      <p className={styles.name}>{t("empty.opening", { name })}</p>
      <progress
        className={styles.progress}
        aria-label={t("empty.opening", { name })}
        max={1}
        // Sent as a whole, it is still to be taken.
        value={share === null || share === 1 ? undefined : share}
      />
      <button type="button" className="button" onClick={cancelOpening}>
        {t("empty.cancel")}
      </button>
    </div>
  );
}

function Ways() {
  const { t } = useTranslation();
  return (
    <>
      <div className={styles.card}>
        <Icon name="picture" size={32} />
        <h2 className={styles.title}>{t("empty.title")}</h2>
        <p className={styles.lead}>{t(HAS_TOUCH ? "empty.leadTouch" : "empty.lead")}</p>
        <PickButton className={`button primary ${styles.choose}`}>{t("empty.choose")}</PickButton>
        <AddressForm />
        <p className={styles.limits}>{t("empty.limits")}</p>
      </div>
      <Samples />
    </>
  );
}

function AddressForm() {
  const { t } = useTranslation();
  const id = useId();
  const [address, setAddress] = useState("");
  const [isBad, setIsBad] = useState(false);
  const open = (event: FormEvent) => {
    event.preventDefault();
    const isAddress = URL.canParse(address) && /^https?:$/.test(new URL(address).protocol);
    setIsBad(!isAddress);
    if (isAddress) void openUrl(address);
  };
  return (
    <form className={styles.address} onSubmit={open} noValidate>
      <label className="visually-hidden" htmlFor={id}>
        {t("empty.address")}
      </label>
      <input
        id={id}
        className="field"
        type="url"
        inputMode="url"
        autoComplete="off"
        placeholder={t("empty.address")}
        value={address}
        aria-invalid={isBad}
        aria-describedby={isBad ? `${id}-bad` : undefined}
        onChange={({ currentTarget }) => setAddress(currentTarget.value.trim())}
      />
      <button type="submit" className="button" disabled={address === ""}>
        {t("empty.addressOpen")}
      </button>
      {isBad && (
        <p id={`${id}-bad`} className={styles.bad} role="alert">
          {t("empty.badAddress")}
        </p>
      )}
    </form>
  );
}

function Samples() {
  const { t } = useTranslation();
  return (
    <section className={styles.samples} aria-label={t("empty.samples")}>
      <h2 className="label">{t("empty.samples")}</h2>
      <ul>
        {SAMPLES.map(({ name, url }) => (
          <li key={name}>
            <button
              type="button"
              className={styles.sample}
              aria-label={t("empty.sample", { name: t(`sample.${name}`) })}
              onClick={() => void openSample(name)}
            >
              <img src={url} alt="" draggable={false} />
              <span>{t(`sample.${name}`)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
