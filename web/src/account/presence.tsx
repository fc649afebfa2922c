import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { setLockedOut, useLockedOut } from "../app/locked-out";
import { keys, useAsk, useStatus } from "../app/queries";
import { layOutDrafts } from "./drafts";
import { readLockMinutes, watchIdle } from "./idle";
import { useLock } from "./lock";
import { tabs } from "./tabs";

/** Locks by Alt, Shift and L: no browser has these keys for itself. */
export function isLockKey(event: Pick<KeyboardEvent, "altKey" | "shiftKey" | "ctrlKey" | "metaKey" | "code">) {
  return event.altKey && event.shiftKey && !event.ctrlKey && !event.metaKey && event.code === "KeyL";
}

/** Shows nothing: locks when nobody is there, and keeps the pages of one browser in step. */
export function Presence() {
  const { data: status } = useStatus();
  const signedIn = status?.signed_in === true;
  const name = status?.name ?? null;
  const lock = useLock();
  const ask = useAsk();
  const queries = useQueryClient();
  const now = useRef({ lock, ask, signedIn, name });
  useEffect(() => {
    now.current = { lock, ask, signedIn, name };
  });

  useEffect(() => {
    if (!signedIn) return;
    void now.current.ask("take_drafts", {}).then(({ text }) => layOutDrafts(text), () => {});
    const watch = watchIdle({
      minutes: readLockMinutes,
      onIdle: () => void now.current.lock(),
      onActive: () => tabs.tell({ kind: "active" }),
    });
    const silence = tabs.hear((message) => {
      if (message.kind === "active") watch.touch();
    });
    const press = (event: KeyboardEvent) => {
      if (!isLockKey(event)) return;
      event.preventDefault();
      void now.current.lock();
    };
    addEventListener("keydown", press);
    return () => {
      watch.end();
      silence();
      removeEventListener("keydown", press);
    };
  }, [signedIn]);

  // Only then, and not when somebody comes in: what was said before is over by that.
  const lockedOut = useLockedOut();
  useEffect(() => {
    if (signedIn) setLockedOut(null);
  }, [signedIn]);
  useEffect(() => {
    if (lockedOut && now.current.signedIn) void now.current.lock();
  }, [lockedOut]);

  // A browser that was forgotten is nobody's: what other pages still hold of it must go too.
  const known = status?.device_known;
  const before = useRef(known);
  useEffect(() => {
    if (signedIn) tabs.tell({ kind: "account", name });
    else if (before.current === true && known === false) tabs.tell({ kind: "account", name: null });
    before.current = known;
  }, [signedIn, name, known]);

  useEffect(
    () =>
      tabs.hear((message) => {
        const here = now.current;
        const another = message.kind === "account" && message.name !== here.name;
        if (here.signedIn && (message.kind === "lock" || another)) void here.lock("by another page");
        else if (message.kind === "account" && !here.signedIn) {
          void queries.invalidateQueries({ queryKey: keys.status });
        }
      }),
    [queries],
  );
  return null;
}
