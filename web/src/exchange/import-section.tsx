import { FileUp } from "lucide-react";
import { useState } from "react";
import { DropZone, FileTrigger, type DropZoneProps } from "react-aria-components";
import type { TableDefinition, Vault } from "../core/api";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Notice } from "../ui/notice";
import { ImportForm } from "./import-form";
import { fileProblem, sourcesOf, type FileProblem, type Source } from "./source";
import { ZIP_LIMITS } from "./zip";
import { ROWS_MAX } from "./sheet";

interface Chosen {
  file: File;
  sources: Source[];
}

/** Takes rows of a file into a table. */
export function ImportSection({ vault, tables }: { vault: Vault; tables: TableDefinition[] }) {
  const say = useText();
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [problem, setProblem] = useState<FileProblem | null>(null);

  const take = async (file: File | undefined) => {
    if (!file) return;
    setProblem(null);
    try {
      setChosen({ file, sources: await sourcesOf(file) });
    } catch (thrown) {
      setChosen(null);
      setProblem(fileProblem(thrown));
    }
  };
  const drop: DropZoneProps["onDrop"] = async ({ items }) => {
    const [item] = items.filter((item) => item.kind === "file");
    if (item) await take(await item.getFile());
  };
  return (
    <section className="section" aria-labelledby="import-title">
      <h3 className="section-title" id="import-title">
        {say("import.title")}
      </h3>
      {chosen ? (
        <ImportForm
          key={`${chosen.file.name} ${chosen.file.lastModified}`}
          vault={vault}
          tables={tables}
          fileName={chosen.file.name}
          sources={chosen.sources}
          onOther={() => setChosen(null)}
        />
      ) : (
        <DropZone className="exchange-drop" onDrop={drop}>
          <FileUp aria-hidden="true" />
          <p>
            <Text id="import.choose.text" />
          </p>
          <FileTrigger
            acceptedFileTypes={[".csv", ".tsv", ".txt", ".json", ".zip"]}
            onSelect={(files) => void take(files?.[0])}
          >
            <Button look="primary">{say("import.choose")}</Button>
          </FileTrigger>
          <p className="hint">
            <Text
              id="import.limits"
              values={{ rows: ROWS_MAX, entries: ZIP_LIMITS.entries, megabytes: ZIP_LIMITS.bytes >> 20 }}
            />
          </p>
        </DropZone>
      )}
      {problem ? (
        <Notice weight="error" title={say("import.problem.title")}>
          <p>
            <Text
              id={`import.problem.${problem}`}
              values={{ rows: ROWS_MAX, entries: ZIP_LIMITS.entries, megabytes: ZIP_LIMITS.bytes >> 20 }}
            />
          </p>
        </Notice>
      ) : null}
    </section>
  );
}
