/** What was read against what was wanted, letter by letter, so that a wrong one can be shown in its place. */

export interface Letter {
  readonly kind: "right" | "wrong" | "extra" | "missing";
  /** What was read there; for a missing one, what should have been. */
  readonly text: string;
}

const clusters = new Intl.Segmenter(undefined, { granularity: "grapheme" });

function lettersOf(text: string): string[] {
  return Array.from(clusters.segment(text.normalize("NFC")), (part) => part.segment);
}

/** Levenshtein's table: cost[i][j] turns the first i letters read into the first j wanted. */
function costs(read: readonly string[], wanted: readonly string[]): number[][] {
  const table: number[][] = [Array.from({ length: wanted.length + 1 }, (_, j) => j)];
  for (const [i, letter] of read.entries()) {
    const above = table[i] ?? [];
    const row = [i + 1];
    for (const [j, target] of wanted.entries()) {
      const same = (above[j] ?? 0) + (letter === target ? 0 : 1);
      row.push(Math.min(same, (above[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1));
    }
    table.push(row);
  }
  return table;
}

export function compareLetters(read: string, wanted: string): Letter[] {
  const got = lettersOf(read);
  const want = lettersOf(wanted);
  const table = costs(got, want);
  const cost = (i: number, j: number) => table[i]?.[j] ?? Number.POSITIVE_INFINITY;
  const found: Letter[] = [];
  let i = got.length;
  let j = want.length;
  while (i > 0 || j > 0) {
    const letter = got[i - 1];
    const target = want[j - 1];
    const step = letter === target ? 0 : 1;
    // A wrong letter in its place says more than one too many beside one missing, so the diagonal goes first.
    if (letter !== undefined && target !== undefined && cost(i, j) === cost(i - 1, j - 1) + step) {
      found.push({ kind: step === 0 ? "right" : "wrong", text: letter });
      i -= 1;
      j -= 1;
    } else if (letter !== undefined && cost(i, j) === cost(i - 1, j) + 1) {
      found.push({ kind: "extra", text: letter });
      i -= 1;
    } else {
      found.push({ kind: "missing", text: target ?? "" });
      j -= 1;
    }
  }
  return found.reverse();
}

export function countWrong(letters: readonly Letter[]): number {
  return letters.filter((letter) => letter.kind !== "right").length;
}
