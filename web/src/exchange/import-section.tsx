import { FileUp } from "lucide-react";
import { useState } from "react";
import { DropZone, FileTrigger, type DropZoneProps } from "react-aria-components";
import type { TableDefinition, Vault } from "../core/api";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Notice } from "../ui/notice";
import { ImportForm } from "./import-form";
import { Interrupted } from "./interrupted";
import { contentsOf, fileProblem, LIMITS, type Contents, type FileProblem } from "./source";

interface Chosen extends Contents {
  file: File;
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
      setChosen({ file, ...(await contentsOf(file)) });
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
      <Interrupted key={vault.vault} vault={vault.vault} tables={tables} />
      {chosen ? (
        <ImportForm
          key={`${chosen.file.name} ${chosen.file.lastModified}`}
          vault={vault}
          tables={tables}
          fileName={chosen.file.name}
          sources={chosen.sources}
          packed={chosen.packed}
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
            <Text id="import.limits" values={LIMITS} />
          </p>
        </DropZone>
      )}
      {problem ? (
        <Notice weight="error" title={say("import.problem.title")}>
          <p>
            <Text id={`import.problem.${problem}`} values={LIMITS} />
          </p>
        </Notice>
      ) : null}
    </section>
  );
}
