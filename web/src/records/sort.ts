import type { FieldDefinition, FieldValue } from "../core/api";
import { compareDecimals } from "./numbers";

/** Orders two values of a field; what is empty comes last, whichever way the order goes. */
export type CompareValues = (a: FieldValue | undefined, b: FieldValue | undefined) => number;

/** The order of a field's values: numbers by value, choices as the definition lists them, text as its language has it. */
export function comparerFor(field: FieldDefinition, collator: Intl.Collator): CompareValues {
  switch (field.type) {
    case "decimal":
      return (a, b) => compareDecimals(String(a), String(b));
    case "integer":
      return (a, b) => Number(a) - Number(b);
    case "boolean":
      return (a, b) => Number(a) - Number(b);
    case "choice": {
      const places = new Map(field.choices?.map((choice, place) => [choice, place]));
      const place = (value: FieldValue | undefined) => places.get(String(value)) ?? places.size;
      return (a, b) => place(a) - place(b);
    }
    case "date":
      return (a, b) => (String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0);
    case "text":
    case "long_text":
      return (a, b) => collator.compare(String(a), String(b));
  }
}

export const isEmpty = (value: FieldValue | undefined) =>
  value === undefined || value === null || value === "";
