import { describe, expect, it } from "vitest";
import { compareLetters, countWrong } from "./letters";

const shown = (read: string, wanted: string) =>
  compareLetters(read, wanted)
    .map(
      ({ kind, text }) => ({ right: text, wrong: `[${text}]`, extra: `+${text}`, missing: `-${text}` })[kind],
    )
    .join("");

describe("compareLetters", () => {
  it("marks a wrong letter in its place", () => expect(shown("RADLO", "RADIO")).toBe("RAD[L]O"));
  it("shows where a letter is missing", () => expect(shown("RDIO", "RADIO")).toBe("R-ADIO"));
  it("shows a letter that is one too many", () =>
    expect(shown("RADIIO", "RADIO")).toMatch(/^RAD(\+II|I\+I)O$/));
  it("has only missing letters when nothing was read", () => expect(shown("", "CAB")).toBe("-C-A-B"));
  it("has only extra ones when the word should have gone", () => expect(shown("AB", "")).toBe("+A+B"));
  it("finds no fault in equal words, however their accents are coded", () =>
    expect(countWrong(compareLetters("CAFÉ", "CAFÉ"))).toBe(0));
  it("counts as many errors as the least changes take", () =>
    expect(countWrong(compareLetters("KITTEN", "SITTING"))).toBe(3));
});
