/** All keys, made from the same table as the handlers. */

import type { TFunction } from "i18next";
import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import { DialogFrame } from "./DialogFrame";
import styles from "./KeysDialog.module.css";
import { KEY_BINDINGS, type KeyGroup } from "./keys";

const GROUPS: readonly KeyGroup[] = [
  "groupWords",
  "groupDraw",
  "groupTools",
  "groupMask",
  "groupView",
  "groupFile",
];

type Binding = (typeof KEY_BINDINGS)[number];

export function KeysDialog() {
  const { t } = useTranslation();
  return (
    <DialogFrame title={t("keys.title")} closeLabel={t("keys.close")} isWide>
      <p className="label">{t("keys.note")}</p>
      <div className={styles.groups}>
        {GROUPS.map((group) => (
          <section key={group}>
            <h3 className="heading">{t(`keys.${group}`)}</h3>
            <dl className={styles.list}>
              {KEY_BINDINGS.filter((binding) => binding.group === group).map((binding) => (
                <div key={binding.action} className={styles.row}>
                  <dt>{actionName(t, binding.action)}</dt>
                  <dd>
                    {"hold" in binding && <span className="label">{t("keys.hold")} </span>}
                    <Combos combos={shownCombos(binding)} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </DialogFrame>
  );
}

/** A row of digits is shown by its ends. */
function shownCombos({ action, combos }: Binding): readonly string[] {
  return action === "candidate" ? ["1 – 8"] : combos;
}

function Combos({ combos }: { readonly combos: readonly string[] }) {
  const { t } = useTranslation();
  return combos.map((combo, index) => (
    <Fragment key={combo}>
      {index > 0 && <span className="label"> / </span>}
      {combo.split(/\+(?=.)/).map((part) => (
        <Fragment key={part}>
          <kbd>{keyName(t, part)}</kbd>{" "}
        </Fragment>
      ))}
    </Fragment>
  ));
}

function keyName(t: TFunction, part: string): string {
  switch (part) {
    case "mod":
      return /Mac|iP(hone|ad)/.test(navigator.userAgent) ? "⌘" : t("keys.ctrl");
    case "escape":
      return "Esc";
    case "backspace":
      return "⌫";
    case "tab":
    case "enter":
    case "space":
    case "delete":
    case "shift":
    case "arrows":
    case "wheel":
      return t(`keys.${part}`);
    default:
      return part.toUpperCase();
  }
}

function actionName(t: TFunction, action: Binding["action"]): string {
  switch (action) {
    case "select":
    case "quad":
    case "brush":
    case "eraser":
    case "rectangle":
    case "lasso":
    case "polygon":
    case "pan":
      return t(`tool.${action}`);
    case "grow":
    case "shrink":
    case "invert":
      return t(`mask.${action}`);
    case "fit":
    case "actual":
      return t(`view.${action}`);
    case "zoomIn":
      return t("view.in");
    case "zoomOut":
      return t("view.out");
    case "wheel":
      return t("keys.zoom");
    case "space":
      return t("tool.pan");
    case "download":
      return t("top.download");
    default:
      return t(`keys.${action}`);
  }
}
