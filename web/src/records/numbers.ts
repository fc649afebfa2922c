/** Decimal numbers as text: typed with the marks of a language, kept with a full stop, never rounded. */

/** The mark between whole and fraction, and the one between thousands, of a language. */
export interface NumberMarks {
  decimal: string;
  group: string;
}

export function numberMarks(locale: string): NumberMarks {
  const parts = new Intl.NumberFormat(locale).formatToParts(1_234_567.8);
  const mark = (type: "decimal" | "group", otherwise: string) =>
    parts.find((part) => part.type === type)?.value ?? otherwise;
  return { decimal: mark("decimal", "."), group: mark("group", ",") };
}

/**
 * Reads a number as people type it. Null where it is none, or where it could be two different
 * ones: `1.200` is twelve hundred in one country and one and a fifth in the next.
 */
export function readDecimal(typed: string, marks: NumberMarks): string | null {
  const text = typed.trim().replace("−", "-").replaceAll(/[\s'’]/gu, "");
  const match = /^(-?)(\d[\d.,]*)$/.exec(text);
  const [, sign, digits] = match ?? [];
  if (sign === undefined || digits === undefined || text.length > 40) return null;
  const separators = digits.match(/[.,]/g) ?? [];
  if (separators.length === 0) return sign + digits;
  const last = separators.at(-1) ?? "";
  const [whole = "", fraction = ""] = splitAtLast(digits, last);
  if (separators.length === 1) {
    const ambiguous = fraction.length === 3 && whole.length <= 3 && last !== marks.decimal && whole !== "0";
    return ambiguous || fraction === "" ? null : `${sign}${whole}.${fraction}`;
  }
  // Several: thousands in threes, and perhaps another mark before the fraction.
  const others = new Set(separators.slice(0, -1));
  if (others.size !== 1) return null;
  const [thousand = ""] = others;
  const groups = last === thousand ? digits.split(thousand) : whole.split(thousand);
  const inThrees = groups.slice(1).every((group) => group.length === 3) && (groups[0] ?? "").length <= 3;
  if (!inThrees || (last !== thousand && fraction === "")) return null;
  return sign + groups.join("") + (last === thousand ? "" : `.${fraction}`);
}

function splitAtLast(text: string, mark: string): [string, string] {
  const place = text.lastIndexOf(mark);
  return [text.slice(0, place), text.slice(place + 1)];
}

/** A kept decimal as it is typed in a language: its mark, no thousands. */
export const writeDecimal = (kept: string, marks: NumberMarks) => kept.replace(".", marks.decimal);

/** Formatters cost far more to make than to use. */
const formats = new Map<string, Intl.NumberFormat>();

/** A kept decimal for reading, with all its digits: text goes to the formatter, not a float. */
export function showDecimal(kept: string, locale: string): string {
  const digits = Math.min(kept.split(".")[1]?.length ?? 0, 100);
  const name = `${locale} ${digits}`;
  const format =
    formats.get(name) ??
    new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  formats.set(name, format);
  return format.format(kept as Intl.StringNumericLiteral);
}
