import { useSyncExternalStore } from "react";
import { readSetting, writeSetting } from "./settings-store";

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const listeners = new Set<() => void>();
let theme: Theme = themes.find((name) => name === readSetting("theme")) ?? "system";

/** Shows the chosen theme; `system` leaves it to the stylesheet's media query. */
export function applyTheme(): void {
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}

export function chooseTheme(chosen: Theme): void {
  theme = chosen;
  writeSetting("theme", chosen);
  applyTheme();
  for (const listener of listeners) listener();
}

export function useTheme(): Theme {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => theme,
  );
}
