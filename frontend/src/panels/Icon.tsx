/** The page's icons: one stroke width, round ends, 20 × 20, drawn for this project. */

const PATHS = {
  select: "M4 6V4h12v2M10 4v12M7.5 16h5",
  quad: "M4.5 6.5 15 4.5l1.5 9.5-13 2zM4.5 6.5h0M15 4.5h0M16.5 14h0M3.5 16h0",
  brush:
    "M16.5 3.5 9 11M7.2 11.2c1.5 0 2.6 1 2.6 2.4 0 2-1.9 3.1-6.3 3.1 1.3-.9 1.4-2 1.5-3.1.1-1.4.8-2.4 2.2-2.4z",
  eraser:
    "M8 16h8.5M4.2 12.3l7.6-7.6a1.4 1.4 0 0 1 2 0l2.5 2.5a1.4 1.4 0 0 1 0 2L9.5 16H7l-2.8-2.8a.6.6 0 0 1 0-.9zM8 8.5l4.5 4.5",
  rectangle: "M3.5 5.5h13v9h-13z",
  lasso:
    "M10 4c4 0 7 1.7 7 4.2s-3 4.3-7 4.3-7-1.8-7-4.3S6 4 10 4zM6.5 12v1.2a1.4 1.4 0 1 1-2.2 1.2c0 1 .8 1.9 2.2 2.1",
  polygon: "M10 3.5 16.5 8 14 16H6L3.5 8z",
  pan: "M10 3v14M3 10h14M10 3 8 5M10 3l2 2M10 17l-2-2M10 17l2-2M3 10l2-2M3 10l2 2M17 10l-2-2M17 10l-2 2",
  undo: "M7 4 3.5 7.5 7 11M3.5 7.5H12a4.5 4.5 0 0 1 0 9H8",
  redo: "M13 4l3.5 3.5L13 11M16.5 7.5H8a4.5 4.5 0 0 0 0 9h4",
  sun: "M10 6.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M15.7 4.3l-1.1 1.1M5.4 14.6l-1.1 1.1",
  moon: "M16.5 11.8A7 7 0 0 1 8.2 3.5a7 7 0 1 0 8.3 8.3z",
  screen: "M3 4.5h14v9H3zM7.5 16.5h5M10 13.5v3",
  globe:
    "M10 2.8a7.2 7.2 0 1 1 0 14.4 7.2 7.2 0 0 1 0-14.4zM2.8 10h14.4M10 2.8c2.3 2 3.2 4.4 3.2 7.2s-.9 5.2-3.2 7.2c-2.3-2-3.2-4.4-3.2-7.2s.9-5.2 3.2-7.2z",
  compare: "M10 2.5v15M3 5h4.5v10H3zM12.5 5H17v10h-4.5",
  history: "M3.2 8a7 7 0 1 1-.2 3M3 4v4h4M10 6.5V10l2.5 1.7",
  download: "M10 3v9M6.5 8.7 10 12.2l3.5-3.5M3.5 13.5V16h13v-2.5",
  upload: "M10 12.5v-9M6.5 6.8 10 3.3l3.5 3.5M3.5 13.5V16h13v-2.5",
  check: "M4 10.5 8.3 15 16 5.5",
  cross: "M5 5l10 10M15 5 5 15",
  chevron: "M7.5 4.5 13 10l-5.5 5.5",
  plus: "M10 4v12M4 10h12",
  minus: "M4 10h12",
  fit: "M3.5 7.5v-4h4M12.5 3.5h4v4M16.5 12.5v4h-4M7.5 16.5h-4v-4",
  picture: "M3 4h14v12H3zM3 13.5l4-4 3.5 3.5 2.5-2.5 4 4M12.8 7.2h.01",
  grow: "M8 8 3.5 3.5M3.5 7.5v-4h4M12 12l4.5 4.5M16.5 12.5v4h-4",
  shrink: "M3.5 3.5 8 8M8 4v4H4M16.5 16.5 12 12M12 16v-4h4",
  invert: "M10 3a7 7 0 1 1 0 14zM10 3a7 7 0 0 0 0 14M12 6.5h3M12 10h4.5M12 13.5h3",
  trash: "M4 5.5h12M8 5.5v-2h4v2M5.5 5.5l.7 11h7.6l.7-11M8.5 8.5v5M11.5 8.5v5",
  refresh: "M16.5 10a6.5 6.5 0 1 1-1.9-4.6L16.5 7.3M16.5 3v4.3h-4.3",
  alert: "M10 3.2 17.5 16h-15zM10 8v3.8M10 13.9h.01",
  info: "M10 2.8a7.2 7.2 0 1 1 0 14.4 7.2 7.2 0 0 1 0-14.4zM10 9.3v4.2M10 6.5h.01",
  letters:
    "M3 14.5 5.8 5.5h.9l2.8 9M4 11.5h4.5M12 5.5v9M12 5.5h2.2a2.1 2.1 0 0 1 0 4.3H12M14.2 9.8a2.35 2.35 0 0 1 0 4.7H12",
  eye: "M2.5 10C4.3 6.8 6.9 5.2 10 5.2s5.7 1.6 7.5 4.8c-1.8 3.2-4.4 4.8-7.5 4.8S4.3 13.2 2.5 10zM10 7.7a2.3 2.3 0 1 1 0 4.6 2.3 2.3 0 0 1 0-4.6z",
  copy: "M7 7h9.5v9.5H7zM13 7V3.5H3.5V13H7",
  search: "M8.8 3.3a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11zM12.8 12.8l4 4",
  pencil: "M4 16l.8-3.5 8.9-8.9a1.2 1.2 0 0 1 1.7 0l1 1a1.2 1.2 0 0 1 0 1.7l-8.9 8.9zM12.3 5l2.7 2.7",
  more: "M4.5 10h.01M10 10h.01M15.5 10h.01",
  offline:
    "M3 3l14 14M6 12.5a5.7 5.7 0 0 1 3-1.5M3.2 9.3A9.7 9.7 0 0 1 6 7.5M9.3 6.3a9.8 9.8 0 0 1 7.5 3M14 12.5l-.6-.5M10 15.8h.01",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 20 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === "more" ? 2.5 : 1.6}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
