import { useEffect, useState } from "react";
import { fileProblem, openSource, type FileProblem, type Source } from "./source";
import type { CsvOptions, Sheet, SheetRow } from "./sheet";

const PREVIEW_ROWS = 5;

export interface OpenedSheet {
  sheet: Sheet;
  csv: CsvOptions | null;
  preview: SheetRow[];
}

/** A sheet as it is read with these options, and its first rows. */
export function useSheet(source: Source, table: string, csv: CsvOptions | null) {
  const [opened, setOpened] = useState<OpenedSheet | null>(null);
  const [problem, setProblem] = useState<FileProblem | null>(null);
  useEffect(() => {
    let current = true;
    const open = async () => {
      try {
        const found = await openSource(source, table, csv);
        const preview = await firstRows(found.sheet);
        if (!current) return;
        setOpened({ ...found, preview });
        setProblem(null);
      } catch (thrown) {
        if (!current) return;
        setOpened(null);
        setProblem(fileProblem(thrown));
      }
    };
    void open();
    return () => {
      current = false;
    };
  }, [source, table, csv]);
  return { opened, problem };
}

async function firstRows(sheet: Sheet): Promise<SheetRow[]> {
  const found: SheetRow[] = [];
  for await (const rows of sheet.rows()) {
    found.push(...rows);
    if (found.length >= PREVIEW_ROWS) break;
  }
  return found.slice(0, PREVIEW_ROWS);
}
