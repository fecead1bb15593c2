/** The real service for the tests: `respell up` with its own queue, workers and page, on a free port. */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "../../..");
const START_MS = 180_000;
const STOP_MS = 20_000;

export interface Stack {
  readonly url: string;
  /** Of `respell up`; its workers and API are children of it. */
  readonly pid: number;
  log(): string;
  stop(): Promise<void>;
}

/** Ready when it is given: a worker has its model loaded. `environ` may ask for the fake model. */
export async function startStack(environ: Readonly<Record<string, string>> = {}): Promise<Stack> {
  const folder = await mkdtemp(join(tmpdir(), "respell-e2e-"));
  const command = ["-c", "from cli.main import main; main()", "up", "--any-port", "--data-dir", folder];
  const child = spawn(python(), command, { cwd: ROOT, env: { ...process.env, ...environ } });
  let log = "";
  const note = (chunk: Buffer) => {
    log += chunk.toString();
  };
  child.stdout.on("data", note);
  child.stderr.on("data", note);
  const stop = async () => {
    await ended(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const url = await readyAt(child, () => log);
    return { url, pid: child.pid ?? 0, log: () => log, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Of a child that runs now: "api" or "worker-1". */
export function childPid(log: string, name: string): number {
  const started = [...log.matchAll(new RegExp(`${name} started, pid (\\d+)`, "g"))].at(-1)?.[1];
  if (started === undefined) throw new Error(`no ${name} was started:\n${log}`);
  return Number(started);
}

/** While `act` is awaited, the process stands still: what the page shows meanwhile stays as it is. */
export async function frozen(pid: number, act: () => Promise<void>): Promise<void> {
  process.kill(pid, "SIGSTOP");
  try {
    await act();
  } finally {
    process.kill(pid, "SIGCONT");
  }
}

/** RESPELL_PYTHON, or the one that `make setup` makes. */
function python(): string {
  const own = join(ROOT, ".venv/bin/python");
  return process.env.RESPELL_PYTHON ?? (existsSync(own) ? own : "python3");
}

async function readyAt(child: ChildProcess, log: () => string): Promise<string> {
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline) {
    const url = /ready at (\S+)/.exec(log())?.[1];
    if (url !== undefined) return url;
    if (child.exitCode !== null) break;
    await new Promise((again) => setTimeout(again, 100));
  }
  throw new Error(`the service is not ready:\n${log()}`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = new Promise((done) => child.once("exit", done));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await exit;
  clearTimeout(timer);
}
