import { readdirSync, readFileSync } from "node:fs";

/** What the largest process of a page holds now that is its own: no code, no files. */
export function heldBytes(): number {
  const held = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      try {
        if (!readFileSync(`/proc/${name}/cmdline`, "utf8").includes("--type=renderer")) return 0;
        const status = readFileSync(`/proc/${name}/status`, "utf8");
        const line = (what: string) =>
          Number(new RegExp(`${what}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) * 1024;
        return line("RssAnon") + line("RssShmem");
      } catch {
        return 0;
      }
    });
  return Math.max(...held);
}

/** Looks again and again; gives the most that was seen. */
export function watchMemory(): () => number {
  let peak = heldBytes();
  const looking = setInterval(() => {
    peak = Math.max(peak, heldBytes());
  }, 100);
  return () => {
    clearInterval(looking);
    return peak;
  };
}
