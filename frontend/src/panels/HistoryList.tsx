/** This picture's edits that were kept, and the way back to each. */

import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { useDocument } from "../document/store";
import type { AcceptedEdit, Picture } from "../document/types";
import { pictureThumbUrl } from "../jobs/pictures";
import { allEdits, goTo } from "./editHistory";
import styles from "./HistoryList.module.css";
import { Icon } from "./Icon";
import { Section } from "./Section";
import { ServedImage } from "./ServedImage";
import { uiActions } from "./ui";

export function HistoryList() {
  const { t } = useTranslation();
  const kept = useDocument((state) => state.accepted.length);
  const edits = useDocument(allEdits);
  const original = useDocument((state) => edits[0]?.before ?? state.picture);
  return (
    <Section
      heading={t("history.heading")}
      aside={
        <button
          type="button"
          className="button small icon quiet"
          aria-label={t("history.close")}
          onClick={uiActions.toggleHistory}
        >
          <Icon name="cross" size={16} />
        </button>
      }
    >
      <ol className={styles.list}>
        <Entry
          depth={0}
          kept={kept}
          picture={original}
          title={t("history.original")}
          note={original?.name ?? ""}
        />
        {edits.map((edit, index) => (
          <Entry
            key={`${edit.editId} ${edit.choices}`}
            depth={index + 1}
            kept={kept}
            picture={edit.after}
            title={edit.texts.map((text) => changeText(t, text)).join(", ")}
            note={timeOf(edit.acceptedAt)}
          />
        ))}
      </ol>
      {edits.length === 0 && <p className="label">{t("history.empty")}</p>}
    </Section>
  );
}

interface EntryProps {
  readonly depth: number;
  readonly kept: number;
  readonly picture: Picture | null;
  readonly title: string;
  readonly note: string;
}

function Entry({ depth, kept, picture, title, note }: EntryProps) {
  const { t } = useTranslation();
  const isNow = depth === kept;
  return (
    <li>
      <button
        type="button"
        className={styles.entry}
        data-later={depth > kept}
        aria-current={isNow ? "step" : undefined}
        disabled={isNow}
        onClick={() => goTo(depth)}
      >
        {picture !== null && <ServedImage className={styles.thumb} src={pictureThumbUrl(picture)} />}
        <span className={styles.text}>
          <span className={styles.title}>{title}</span>
          <span className={styles.note}>{isNow ? t("history.now") : note}</span>
        </span>
        {!isNow && <span className="visually-hidden">{t("history.back")}</span>}
      </button>
    </li>
  );
}

function changeText(t: TFunction, { from, to }: AcceptedEdit["texts"][number]): string {
  if (to === "") return t("history.removed", { from: from ?? "…" });
  return from === null ? t("history.added", { to }) : t("history.edit", { from, to });
}

function timeOf(acceptedAt: number): string {
  return new Date(acceptedAt).toLocaleTimeString(document.documentElement.lang, {
    hour: "2-digit",
    minute: "2-digit",
  });
}
