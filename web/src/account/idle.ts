import { readSetting, writeSetting } from "../app/settings-store";

/** After how many minutes without a touch the page locks itself. */
export const lockMinutes = [1, 5, 15, 60] as const;
export type LockMinutes = (typeof lockMinutes)[number];
const USUAL: LockMinutes = 15;

export function readLockMinutes(): LockMinutes {
  const saved = Number(readSetting("lock_after"));
  return lockMinutes.find((minutes) => minutes === saved) ?? USUAL;
}

export function writeLockMinutes(minutes: LockMinutes): void {
  writeSetting("lock_after", String(minutes));
}

const CHECK_MS = 5_000;
/** How often the other pages hear that somebody is at work. */
const TELL_MS = 5_000;
const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"] as const;
/** Moments at which a page comes back: the lid opens, the page is shown again. */
const RETURNS = ["visibilitychange", "focus", "pageshow", "resume"] as const;

interface Watch {
  /** Asked each time: the choice may change while the page is open. */
  minutes: () => number;
  onIdle: () => void;
  onActive?: () => void;
  now?: () => number;
}

/**
 * Watches for signs of a person. Timers stand still while a machine sleeps, so the clock is read
 * at every sign too: the first touch after a night locks, it does not unlock the night.
 */
export function watchIdle(watch: Watch): { touch: () => void; end: () => void } {
  const now = watch.now ?? Date.now;
  let last = now();
  let told = 0;
  let idle = false;
  const check = () => {
    if (!idle && now() - last >= watch.minutes() * 60_000) {
      idle = true;
      watch.onIdle();
    }
    return idle;
  };
  const touch = () => {
    if (check()) return;
    last = now();
  };
  const sign = () => {
    touch();
    if (!idle && now() - told >= TELL_MS) {
      told = now();
      watch.onActive?.();
    }
  };
  const back = () => void check();
  const timer = setInterval(check, CHECK_MS);
  for (const name of SIGNS) addEventListener(name, sign, { capture: true, passive: true });
  for (const name of RETURNS) {
    addEventListener(name, back);
    document.addEventListener(name, back);
  }
  return {
    touch,
    end: () => {
      clearInterval(timer);
      for (const name of SIGNS) removeEventListener(name, sign, { capture: true });
      for (const name of RETURNS) {
        removeEventListener(name, back);
        document.removeEventListener(name, back);
      }
    },
  };
}
