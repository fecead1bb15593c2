import { expect, it } from "vitest";
import { candidateCount, fractionDone, type RunningJob } from "./progress";

const read = (index: number, item: number) => ({ index, item, ocrText: "A", verified: true, charErrors: 0 });

function job(changes: object): RunningJob {
  const request = { n: 4, edits: [{}, {}] };
  return {
    status: "running",
    item: 0,
    candidate: 0,
    step: 0,
    totalSteps: 20,
    read: [],
    origin: { request },
    ...changes,
  } as unknown as RunningJob;
}

it("counts the candidates of each word from one", () => {
  const second = job({ item: 1, candidate: 6, read: [0, 1, 2, 3].map((index) => read(index, 0)) });
  expect(candidateCount(second)).toEqual({ index: 2, count: 4 });
});

it("counts on when another attempt follows", () =>
  expect(candidateCount(job({ candidate: 5 }))).toEqual({ index: 5, count: 8 }));

it("says how far all words and candidates are", () => {
  expect(fractionDone(job({ candidate: 2, step: 10 }))).toBeCloseTo(0.3125);
  expect(fractionDone(job({ candidate: 3, step: 20 }))).toBeCloseTo(0.5);
  expect(fractionDone(job({ candidate: null }))).toBe(0);
});
