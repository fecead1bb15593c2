/** Holds the layers: each folder may import only what stands further right, which reading the imports shows. */

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const SOURCE = resolve(import.meta.dirname);
/** From the page down to plain numbers; folders in one row don't import each other. */
const LAYERS: readonly (readonly string[])[] = [
  ["main"],
  ["App"],
  ["canvas", "panels"],
  ["jobs"],
  ["tools"],
  ["document"],
  ["api"],
  ["geometry"],
];
/** Leaves: whoever needs them may import them, and they import nothing of ours. */
const LEAVES: readonly string[] = ["i18n", "styles"];

const IMPORT =
  /(?:^|[\s;}])(?:import|export)\s(?:[^"';]*?\sfrom\s*)?"([^"]+)"|import\(\s*"([^"]+)"|new URL\(\s*"([^"]+)"/g;

const sources = readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
  .filter((path) => /\.tsx?$/.test(path) && !path.endsWith(".d.ts") && path !== "layers.test.ts")
  .map((path) => ({ path, imports: importsOf(path) }));

describe("the layers", () => {
  test("every file is in a layer or a leaf", () => {
    const known = new Set([...LAYERS.flat(), ...LEAVES]);
    expect(sources.map(({ path }) => roomOf(path)).filter((room) => !known.has(room))).toEqual([]);
  });

  test("no file imports from the left or from beside itself", () => {
    const breaches = sources.flatMap(({ path, imports }) =>
      imports
        .filter((target) => !isAllowed(roomOf(path), roomOf(target)))
        .map((target) => `${path} → ${target}`),
    );
    expect(breaches).toEqual([]);
  });

  test("imports are seen, whichever way they are written", () => {
    const imported = new Set(sources.flatMap(({ imports }) => imports));
    expect(imported).toContain("geometry/types");
    expect(imported).toContain("document/maskWorker.ts");
    expect(imported.size).toBeGreaterThan(20);
  });

  test("what mustn't be is told apart from what may", () => {
    expect(isAllowed("jobs", "document")).toBe(true);
    expect(isAllowed("document", "jobs")).toBe(false);
    expect(isAllowed("canvas", "panels")).toBe(false);
    expect(isAllowed("geometry", "i18n")).toBe(true);
    expect(isAllowed("i18n", "geometry")).toBe(false);
  });
});

function isAllowed(from: string, to: string): boolean {
  if (from === to) return true;
  if (LEAVES.includes(from)) return false;
  return LEAVES.includes(to) || layerOf(from) < layerOf(to);
}

function layerOf(room: string): number {
  return LAYERS.findIndex((rooms) => rooms.includes(room));
}

/** The folder of a path, or the name of a file that lies in none: `App` is App.tsx, its styles and its tests. */
function roomOf(path: string): string {
  const [first = ""] = path.split(/[/.]/);
  return first;
}

function importsOf(path: string): string[] {
  const text = readFileSync(join(SOURCE, path), "utf8");
  return (
    [...text.matchAll(IMPORT)]
      .map((match) => match[1] ?? match[2] ?? match[3] ?? "")
      .filter((target) => target.startsWith("."))
      .map((target) => relative(SOURCE, resolve(SOURCE, dirname(path), target)))
      // Pictures and the like from beside the sources are no layer.
      .filter((target) => !target.startsWith(".."))
  );
}
