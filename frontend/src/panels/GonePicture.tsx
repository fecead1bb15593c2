/** The service has let the picture go, as it does after a day: the way on is to open it again. */

import { useTranslation } from "react-i18next";
import { documentActions } from "../document/store";
import styles from "./GonePicture.module.css";
import { Icon } from "./Icon";
import { PickButton } from "./PickButton";

export function GonePicture({ name }: { readonly name: string }) {
  const { t } = useTranslation();
  return (
    <div className={styles.card} role="alert">
      <Icon name="picture" size={28} />
      <p className={styles.name}>{name}</p>
      <p>{t("problem.image_not_found")}</p>
      <div className={styles.buttons}>
        <PickButton className="button primary">{t("gone.openAgain")}</PickButton>
        <button type="button" className="button" onClick={documentActions.reset}>
          {t("gone.close")}
        </button>
      </div>
    </div>
  );
}
