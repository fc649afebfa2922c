/** A part of a file, both ends included. */
export interface Range {
  first: number;
  last: number;
}

/** Reads a header `Range`. Undefined: all is wanted. Null: it asks for what is not there. */
export function readRange(header: string | null, size: number): Range | undefined | null {
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "") ?? [];
  if (from === "" && to === "") return undefined;
  if (from === "") {
    const count = Math.min(Number(to), size);
    return count > 0 ? { first: size - count, last: size - 1 } : null;
  }
  const first = Number(from);
  const last = to === "" ? size - 1 : Math.min(Number(to), size - 1);
  return first <= last ? { first, last } : null;
}

/** `Content-Disposition` for a name of any letters (RFC 6266, RFC 8187). */
export function disposition(name: string): string {
  const encoded = encodeURIComponent(name.replaceAll(/\p{Cs}/gu, "\u{fffd}")).replace(
    /['()*!]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename*=UTF-8''${encoded}`;
}
