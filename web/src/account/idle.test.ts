import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readLockMinutes, watchIdle, writeLockMinutes } from "./idle";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  localStorage.clear();
});

function watched(minutes = 5) {
  const onIdle = vi.fn();
  const onActive = vi.fn();
  const watch = watchIdle({ minutes: () => minutes, onIdle, onActive });
  return { onIdle, onActive, ...watch };
}

describe("the watch for idleness", () => {
  it("locks once after the chosen time, and not before", () => {
    const { onIdle, end } = watched();
    vi.advanceTimersByTime(5 * 60_000 - 5_000);
    expect(onIdle).not.toHaveBeenCalled();
    vi.advanceTimersByTime(60_000);
    expect(onIdle).toHaveBeenCalledTimes(1);
    end();
  });

  it("begins anew with every sign of a person, and tells the other pages sparingly", () => {
    const { onIdle, onActive, end } = watched();
    for (let second = 0; second < 900; second += 1) {
      vi.advanceTimersByTime(1_000);
      dispatchEvent(new Event("keydown"));
    }
    expect(onIdle).not.toHaveBeenCalled();
    expect(onActive.mock.calls.length).toBeGreaterThan(100);
    expect(onActive.mock.calls.length).toBeLessThanOrEqual(181);
    vi.advanceTimersByTime(5 * 60_000);
    expect(onIdle).toHaveBeenCalledTimes(1);
    end();
  });

  it("counts a sign in another page", () => {
    const { onIdle, touch, end } = watched();
    vi.advanceTimersByTime(4 * 60_000);
    touch();
    vi.advanceTimersByTime(4 * 60_000);
    expect(onIdle).not.toHaveBeenCalled();
    end();
  });

  it("locks at the first touch after the machine slept, when no timer ran", () => {
    const { onIdle, end } = watched();
    vi.setSystemTime(Date.now() + 8 * 60 * 60_000);
    dispatchEvent(new Event("pointermove"));
    expect(onIdle).toHaveBeenCalledTimes(1);
    end();
  });

  it("locks when a page is shown again that was hidden too long", () => {
    const { onIdle, end } = watched();
    vi.setSystemTime(Date.now() + 6 * 60_000);
    document.dispatchEvent(new Event("visibilitychange"));
    expect(onIdle).toHaveBeenCalledTimes(1);
    end();
  });

  it("hears nothing any more when it has ended", () => {
    const { onIdle, end } = watched();
    end();
    vi.advanceTimersByTime(60 * 60_000);
    dispatchEvent(new Event("keydown"));
    expect(onIdle).not.toHaveBeenCalled();
  });
});

describe("the choice", () => {
  it("is kept, and is a quarter of an hour where nothing sensible is kept", () => {
    expect(readLockMinutes()).toBe(15);
    writeLockMinutes(60);
    expect(readLockMinutes()).toBe(60);
    localStorage.setItem("strongroom.lock_after", "100000");
    expect(readLockMinutes()).toBe(15);
  });
});
