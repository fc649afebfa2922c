/** What the kit's page looks like: its labelled lines, taken apart for showing only. */

export interface KitLine {
  label: string;
  value: string;
}

/** The labelled lines of a kit's text. Sentences have a space before their colon's end; these don't. */
export function kitLines(text: string): KitLine[] {
  return text.split("\n").flatMap((line) => {
    const match = /^([A-Z][A-Za-z ]{2,30}): (\S.*)$/.exec(line.trim());
    const [, label, value] = match ?? [];
    // A sentence ends with a full stop; a value never does.
    return label && value && !value.endsWith(".") ? [{ label, value }] : [];
  });
}

/** The kit as short as it can be read back: its heading and the labelled lines. For the QR code. */
export function shortKit(text: string): string {
  const heading = text.split("\n", 1)[0] ?? "";
  return [heading, ...kitLines(text).map(({ label, value }) => `${label}: ${value}`)].join("\n");
}

/** A code like `SR-RECOVER-0000-0000-…` as its beginning and its groups. */
export interface GroupedCode {
  prefix: string;
  groups: string[];
}

/** The recovery code of a kit's text. */
export function recoveryCode(text: string): GroupedCode | null {
  const match = /SR-RECOVER-([0-9A-Z]{4}(?:-[0-9A-Z]{1,4})*)/.exec(text);
  const groups = match?.[1]?.split("-");
  return groups ? { prefix: "SR-RECOVER-", groups } : null;
}

/** What a person typed, as it stands on the kit: case does not matter, O is 0, I and L are 1. */
export function asPrinted(typed: string): string {
  return typed
    .trim()
    .toUpperCase()
    .replaceAll(/[\s-]/g, "")
    .replaceAll("O", "0")
    .replaceAll(/[IL]/g, "1");
}
