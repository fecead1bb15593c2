/** The tools, each with its key; on a phone the bar at the bottom. */

import { useTranslation } from "react-i18next";
import { documentActions, useDocument } from "../document/store";
import { useTools } from "../tools/state";
import type { ToolName } from "../tools/types";
import { Icon, type IconName } from "./Icon";
import styles from "./Toolbar.module.css";

const TOOLS: readonly { readonly tool: ToolName; readonly key: string }[] = [
  { tool: "select", key: "V" },
  { tool: "quad", key: "Q" },
  { tool: "brush", key: "B" },
  { tool: "eraser", key: "E" },
  { tool: "rectangle", key: "R" },
  { tool: "lasso", key: "L" },
  { tool: "polygon", key: "P" },
  { tool: "pan", key: "H" },
];

export function Toolbar() {
  const { t } = useTranslation();
  const { tool: current, setTool } = useTools();
  const canUndo = useDocument((state) => state.canUndo);
  const canRedo = useDocument((state) => state.canRedo);
  return (
    <nav className={styles.bar} aria-label={t("app.tools")}>
      {TOOLS.map(({ tool, key }) => (
        <ToolButton
          key={tool}
          icon={tool}
          label={t(`tool.${tool}`)}
          shortcut={key}
          isPressed={tool === current}
          onClick={() => setTool(tool)}
        />
      ))}
      <hr className={styles.line} />
      <ToolButton
        icon="undo"
        label={t("tool.undo")}
        shortcut="Ctrl Z"
        isDisabled={!canUndo}
        onClick={documentActions.undo}
      />
      <ToolButton
        icon="redo"
        label={t("tool.redo")}
        shortcut="Ctrl Shift Z"
        isDisabled={!canRedo}
        onClick={documentActions.redo}
      />
    </nav>
  );
}

interface ToolButtonProps {
  readonly icon: IconName;
  readonly label: string;
  readonly shortcut: string;
  readonly isPressed?: boolean;
  readonly isDisabled?: boolean;
  readonly onClick: () => void;
}

function ToolButton({ icon, label, shortcut, isPressed, isDisabled, onClick }: ToolButtonProps) {
  return (
    <button
      type="button"
      className={styles.tool}
      aria-label={label}
      aria-keyshortcuts={shortcut.replace("Ctrl", "Control").replaceAll(" ", "+")}
      aria-pressed={isPressed}
      disabled={isDisabled}
      onClick={onClick}
    >
      <Icon name={icon} />
      <span className={styles.tip} aria-hidden="true">
        {label} <kbd>{shortcut}</kbd>
      </span>
    </button>
  );
}
