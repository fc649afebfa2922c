import { useIntl, type IntlShape } from "react-intl";
import { useCallback } from "react";
import type { FieldDefinition, FieldValue, TableDefinition } from "../core/api";
import type { MessageId } from "../i18n/languages";
import { showDecimal } from "./numbers";

/** The title of a table, a field or a choice: translated for what comes with Strongroom. */
export interface Titles {
  table(table: TableDefinition): string;
  field(table: TableDefinition, field: FieldDefinition): string;
  choice(table: TableDefinition, field: FieldDefinition, choice: string): string;
  /** A value as it is read. */
  value(table: TableDefinition, field: FieldDefinition, value: FieldValue | undefined): string;
}

export function titlesIn(intl: IntlShape): Titles {
  const known = (id: string, otherwise: string) =>
    id in intl.messages ? intl.formatMessage({ id }) : otherwise;
  const titles: Titles = {
    table: (table) => known(`table.${table.name}`, table.title),
    field: (table, field) => known(`table.${table.name}.${field.name}`, field.title),
    choice: (table, field, choice) => known(`table.${table.name}.${field.name}.${choice}`, choice),
    value: (table, field, value) => {
      if (value === undefined || value === null || value === "") return "";
      switch (field.type) {
        case "decimal":
          return showDecimal(String(value), intl.locale);
        case "integer":
          return typeof value === "number" ? intl.formatNumber(value) : String(value);
        case "date":
          return showDate(String(value), intl);
        case "boolean":
          return intl.formatMessage({ id: (value ? "yes" : "no") satisfies MessageId });
        case "choice":
          return titles.choice(table, field, String(value));
        case "text":
        case "long_text":
          return String(value);
      }
    },
  };
  return titles;
}

/** A day without a time is the same day everywhere: read and shown in UTC. */
function showDate(day: string, intl: IntlShape): string {
  const date = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(date.getTime())) return day;
  return intl.formatDate(date, { timeZone: "UTC", dateStyle: "medium" });
}

export function useTitles(): Titles {
  const intl = useIntl();
  return titlesIn(intl);
}

/** A moment as people say it: how long ago while it is near, the day when it is far. */
export function useMoment(): (ms: number) => string {
  const intl = useIntl();
  return useCallback(
    (ms) => {
      const minutes = Math.round((Date.now() - ms) / 60_000);
      if (minutes < 1) return intl.formatRelativeTime(0, "second", { numeric: "auto" });
      if (minutes < 60) return intl.formatRelativeTime(-minutes, "minute");
      if (minutes < 24 * 60) return intl.formatRelativeTime(-Math.round(minutes / 60), "hour");
      return intl.formatDate(ms, { dateStyle: "medium", timeStyle: "short" });
    },
    [intl],
  );
}

/** The field that names a record: the first required text, else the first field. */
export function namingField(table: TableDefinition): FieldDefinition | undefined {
  return table.fields.find((field) => field.required && field.type === "text") ?? table.fields[0];
}
