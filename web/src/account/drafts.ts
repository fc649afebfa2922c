import { useEffect, useRef, useSyncExternalStore } from "react";

/**
 * What is typed and not saved, by the place where it is typed. When the page locks, all of it
 * goes sealed into the storage; after the next sign-in each place takes its own back.
 */
const writers = new Map<string, () => string | null>();
const listeners = new Set<() => void>();
let waiting: Record<string, string> = {};

/** Hands the drafts of all places on. Nothing is handed on where nothing is typed. */
export async function keepDrafts(keep: (text: string) => Promise<unknown>): Promise<void> {
  const drafts: Record<string, string> = {};
  for (const [place, write] of writers) {
    const draft = write();
    if (draft !== null) drafts[place] = draft;
  }
  waiting = {};
  if (Object.keys(drafts).length > 0) await keep(JSON.stringify(drafts));
}

/** Lays out the drafts that were kept; what cannot be read is none. */
export function layOutDrafts(text: string | null): void {
  try {
    waiting = text === null ? {} : (JSON.parse(text) as Record<string, string>);
  } catch {
    waiting = {};
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Makes `draft` outlive a lock; null while nothing is typed. `restore` gets it back, once. */
export function useDraft(place: string, draft: string | null, restore: (draft: string) => void): void {
  const newest = useRef(draft);
  const taker = useRef(restore);
  useEffect(() => {
    newest.current = draft;
    taker.current = restore;
  });
  useEffect(() => {
    writers.set(place, () => newest.current);
    return () => {
      writers.delete(place);
    };
  }, [place]);
  const kept = useSyncExternalStore(subscribe, () => waiting[place]);
  useEffect(() => {
    if (kept === undefined) return;
    const { [place]: _taken, ...rest } = waiting;
    waiting = rest;
    taker.current(kept);
  }, [kept, place]);
}
