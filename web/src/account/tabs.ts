/** What the pages of one browser tell each other. No keys, and nothing that was opened with them. */
export type TabMessage =
  /** Lock, all of you. */
  | { kind: "lock" }
  /** Somebody came or left: ask who this browser belongs to. */
  | { kind: "account"; name: string | null }
  /** A person is at work in one of us. */
  | { kind: "active" };

export interface Tabs {
  tell(message: TabMessage): void;
  hear(listener: (message: TabMessage) => void): () => void;
}

/** The other pages of this browser; a browser without them has only this one. */
export function openTabs(): Tabs {
  if (typeof BroadcastChannel !== "function") return { tell: () => {}, hear: () => () => {} };
  const channel = new BroadcastChannel("strongroom-tabs");
  return {
    tell: (message) => channel.postMessage(message),
    hear: (listener) => {
      const take = (event: MessageEvent<TabMessage>) => listener(event.data);
      channel.addEventListener("message", take);
      return () => channel.removeEventListener("message", take);
    },
  };
}

export const tabs = openTabs();
