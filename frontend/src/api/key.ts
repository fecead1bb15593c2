/** The key for a service that lets nobody in without one: asked for when it refuses a call, then sent with every call. */

import { create } from "zustand";

const STORAGE_KEY = "respell.key";
const UNAUTHORIZED = 401;

interface KeyState {
  readonly key: string | null;
  /** Calls wait for a key. */
  readonly isAsked: boolean;
  /** The one that was kept isn't taken any more. */
  readonly wasRefused: boolean;
}

export const useKey = create<KeyState>(() => ({
  key: sessionStorage.getItem(STORAGE_KEY) ?? localStorage.getItem(STORAGE_KEY),
  isAsked: false,
  wasRefused: false,
}));

/** Calls that wait go on. Kept for this tab, or on this device. */
export function giveKey(key: string, isRemembered: boolean): void {
  (isRemembered ? localStorage : sessionStorage).setItem(STORAGE_KEY, key);
  useKey.setState({ key, isAsked: false, wasRefused: false });
}

/** Calls, and when the key is refused waits for another one and calls again. */
export async function withKey<T extends { readonly status: number }>(
  call: (headers: Readonly<Record<string, string>>) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  for (;;) {
    const { key } = useKey.getState();
    const answer = await call(keyHeaders(key));
    if (answer.status !== UNAUTHORIZED) return answer;
    await anotherKey(key, signal);
  }
}

export function keyHeaders(key: string | null): Readonly<Record<string, string>> {
  return key === null ? {} : { Authorization: `Bearer ${key}` };
}

/** A websocket has no headers: the key goes with its protocols, in which neither "/" nor "=" may be. */
export function socketProtocols(): string[] {
  const { key } = useKey.getState();
  return key === null ? [] : ["respell.v1", `respell.key.${key.replace(/[/=]/g, encodeURIComponent)}`];
}

function anotherKey(refused: string | null, signal?: AbortSignal): Promise<void> {
  if (useKey.getState().key === refused) ask(refused);
  return new Promise((resolve, reject) => {
    const stop = useKey.subscribe(settle);
    signal?.addEventListener("abort", settle);
    settle();

    function settle(): void {
      const { key } = useKey.getState();
      if (!signal?.aborted && (key === null || key === refused)) return;
      stop();
      signal?.removeEventListener("abort", settle);
      if (signal?.aborted) reject(new DOMException("aborted", "AbortError"));
      else resolve();
    }
  });
}

function ask(refused: string | null): void {
  sessionStorage.removeItem(STORAGE_KEY);
  localStorage.removeItem(STORAGE_KEY);
  useKey.setState((before) => ({
    key: null,
    isAsked: true,
    wasRefused: before.wasRefused || refused !== null,
  }));
}
