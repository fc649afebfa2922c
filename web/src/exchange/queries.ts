import { useIntl } from "react-intl";
import type { TableDefinition } from "../core/api";
import { languages, loadMessages, type Language, type Messages } from "../i18n/languages";
import { searchable } from "../records/filter";
import { useQuery } from "@tanstack/react-query";

/** The words of all languages: a file may come from a colleague who uses another. */
export function useAllMessages() {
  return useQuery({
    queryKey: ["all_messages"],
    queryFn: () => Promise.all((Object.keys(languages) as Language[]).map(loadMessages)),
    staleTime: Infinity,
  });
}

/** What a field is called in the languages that are known. */
export function titlesOf(all: readonly Messages[], table: TableDefinition, field: string): string[] {
  const known = all.map((messages) => (messages as Record<string, string>)[`table.${table.name}.${field}`]);
  return known.filter((title) => title !== undefined);
}

/** Titles of choices, folded, and the choices that they mean, for each field. */
export function choicesOf(all: readonly Messages[], table: TableDefinition): Map<string, Map<string, string>> {
  return new Map(
    table.fields.map((field) => [
      field.name,
      new Map(
        (field.choices ?? []).flatMap((choice) =>
          [choice, ...titlesOf(all, table, `${field.name}.${choice}`)].map(
            (title): [string, string] => [searchable(title), choice],
          ),
        ),
      ),
    ]),
  );
}

/** Whether numbers have a decimal comma and days come first, where the person lives. */
export function useHabits() {
  const { locale } = useIntl();
  const parts = new Intl.DateTimeFormat(locale).formatToParts(new Date(2026, 0, 31));
  const [first] = parts.filter(({ type }) => type === "day" || type === "month");
  const decimal = new Intl.NumberFormat(locale).format(1.5).includes(",") ? "," : ".";
  return { dates: first?.type === "month" ? "month_first" : "day_first", decimal } as const;
}
