/** What a person chose for this browser. Nothing in here is a secret. */
type SettingName =
  | "language"
  | "theme"
  | "lock_after"
  | "entry"
  | `columns.${string}`
  | `import.${string}`
  | `files.${string}`;

const PREFIX = "strongroom.";

/** A saved choice; null where there is none, or where the browser keeps nothing. */
export function readSetting(name: SettingName): string | null {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

/** Saves a choice. A browser that refuses only forgets it. */
export function writeSetting(name: SettingName, value: string): void {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // a private window: the choice holds until the page is closed
  }
}

/** Forgets a choice. */
export function dropSetting(name: SettingName): void {
  try {
    localStorage.removeItem(PREFIX + name);
  } catch {
    // a browser that keeps nothing has nothing to forget
  }
}
