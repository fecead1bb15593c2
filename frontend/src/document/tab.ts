/**
 * Which tab this is, so that two of them never overwrite or see what the other keeps. A reload is the same tab; a tab
 * that was closed is taken over by the next one that is opened, so that closing loses nothing either.
 */

import { createStore, del, get, keys, update } from "idb-keyval";

/** As long as the service keeps a picture by default: after that there is nothing to come back to. */
const KEPT_FOR_MS = 24 * 3_600_000;
/** At a reload the lock of the page before may still be held for a moment. */
const RELOAD_PATIENCE_MS = 1_000;
const SESSION_KEY = "respell-tab";
const TABS_KEY = "tabs";

type SavedAt = Readonly<Record<string, number>>;

/** Opened on first use: there may be no IndexedDB. */
export const keptStore = once(() => createStore("respell", "kept"));

/** This tab's id; claimed once. */
export const thisTab = once(claim);

/** Notes that a tab has something kept. */
export async function touchTab(tab: string): Promise<void> {
  await update<SavedAt>(TABS_KEY, (tabs) => ({ ...tabs, [tab]: Date.now() }), keptStore());
}

async function claim(): Promise<string> {
  const known = sessionStorage.getItem(SESSION_KEY);
  const mine =
    known === null
      ? await adopted()
      : (await isFree(known, RELOAD_PATIENCE_MS))
        ? known
        : // A tab that was duplicated has its original's id.
          null;
  const tab = mine ?? freshId();
  if (mine === null) await isFree(tab, 0);
  sessionStorage.setItem(SESSION_KEY, tab);
  return tab;
}

/** The tab that was closed last; what is too old is deleted. */
async function adopted(): Promise<string | null> {
  if (!hasLocks()) return null;
  const tabs = Object.entries((await get<SavedAt>(TABS_KEY, keptStore())) ?? {});
  for (const [tab, savedAt] of tabs.sort((one, other) => other[1] - one[1])) {
    if (Date.now() - savedAt > KEPT_FOR_MS) await forget(tab);
    else if (await isFree(tab, 0)) return tab;
  }
  return null;
}

async function forget(tab: string): Promise<void> {
  const all = await keys<string>(keptStore());
  await Promise.all(all.filter((key) => key.startsWith(`${tab}/`)).map((key) => del(key, keptStore())));
  await update<SavedAt>(
    TABS_KEY,
    (tabs = {}) => Object.fromEntries(Object.entries(tabs).filter(([id]) => id !== tab)),
    keptStore(),
  );
}

/** Takes the tab's lock for as long as this page lives; false: another page has it. */
function isFree(tab: string, patienceMs: number): Promise<boolean> {
  if (!hasLocks()) return Promise.resolve(true);
  const options = patienceMs > 0 ? { signal: AbortSignal.timeout(patienceMs) } : { ifAvailable: true };
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(`respell tab ${tab}`, options, (lock) => {
        resolve(lock !== null);
        return lock === null ? null : new Promise(() => undefined);
      })
      .catch((error: unknown) =>
        error instanceof DOMException && error.name === "TimeoutError" ? resolve(false) : reject(error),
      );
  });
}

/** Browsers give locks to pages from https or this machine only. */
function hasLocks(): boolean {
  return Boolean(navigator.locks);
}

/** Not `randomUUID`, which needs https, too. */
export function freshId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
