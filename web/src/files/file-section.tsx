import { Camera, FileUp, FolderUp, ShieldCheck } from "lucide-react";
import { useState, type ClipboardEvent } from "react";
import { DropZone, FileTrigger } from "react-aria-components";
import { readSetting, writeSetting } from "../app/settings-store";
import type { Vault } from "../core/api";
import type { FileRow } from "../core/api-files";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Loading } from "../ui/loading";
import { ErrorNotice } from "../ui/notice";
import { Tick } from "../ui/tick";
import { chosen, dropped, pastedName, type Arriving } from "./arriving";
import { FileDialogs, type FileDialog } from "./file-dialogs";
import { FileItem } from "./file-item";
import { useFiles } from "./queries";
import { SameNames } from "./same-names";
import { useTransfers } from "./transfers-context";

interface Props {
  vault: Vault;
  record: string;
  /** Whether this person may change the record. */
  writes: boolean;
}

/** The files of a record: to see, to open, and to add by every way that a page knows. */
export default function FileSection({ vault, record, writes }: Props) {
  const say = useText();
  const files = useFiles(vault.vault, record);
  const [showHidden, setShowHidden] = useState(false);
  const [showTrash, setShowTrash] = useState(false);
  const [dialog, setDialog] = useState<FileDialog | null>(null);
  const [asked, setAsked] = useState<{ arriving: Arriving[]; present: FileRow[] } | null>(null);
  const send = useSend(vault.vault, record);

  const all = files.data ?? [];
  const hidden = all.filter((file) => file.hidden && !file.deleted);
  const trash = all.filter((file) => file.deleted);
  const shown = all.filter((file) =>
    file.deleted ? showTrash : showHidden || !file.hidden,
  );
  const add = (arriving: Arriving[]) => {
    const names = new Set(arriving.map(({ name }) => name));
    const present = all.filter((file) => !file.deleted && names.has(file.name));
    if (present.length > 0) setAsked({ arriving, present });
    else send(arriving.map((one) => ({ ...one })));
  };
  const paste = (event: ClipboardEvent<HTMLElement>) => {
    const pasted = chosen(event.clipboardData.files);
    // The place to drop on takes what is pasted into it by itself.
    const elsewhere = event.target instanceof Element && event.target.closest(".drop");
    if (!writes || pasted.length === 0 || elsewhere) return;
    event.preventDefault();
    const taken = new Set(all.map(({ name }) => name));
    add(pasted.map(({ file }) => ({ file, name: pastedName(file, taken, new Date()) })));
  };

  return (
    <section className="files" aria-labelledby="files-title" onPaste={paste}>
      <header className="files-head">
        <h3 id="files-title" tabIndex={-1}>
          {say("files.title")} {files.data ? <span className="count">{shown.length}</span> : null}
        </h3>
        <span className="sealed">
          <ShieldCheck aria-hidden="true" />
          {say("files.encrypted")}
        </span>
      </header>
      {files.error ? (
        <ErrorNotice error={files.error} onRetry={() => void files.refetch()} />
      ) : null}
      {files.isPending ? <Loading /> : null}
      {files.data && shown.length === 0 && !writes ? (
        <p className="muted">{say("files.none")}</p>
      ) : null}
      {shown.length > 0 ? (
        <ul className="file-list">
          {shown.map((file) => (
            <FileItem key={file.file} vault={vault} file={file} writes={writes} onOpen={setDialog} />
          ))}
        </ul>
      ) : null}
      {hidden.length > 0 || trash.length > 0 ? (
        <div className="actions">
          {hidden.length > 0 ? (
            <Tick isSelected={showHidden} onChange={setShowHidden}>
              {say("files.show_hidden", { count: hidden.length })}
            </Tick>
          ) : null}
          {trash.length > 0 ? (
            <Tick isSelected={showTrash} onChange={setShowTrash}>
              {say("files.show_trash", { count: trash.length })}
            </Tick>
          ) : null}
        </div>
      ) : null}
      {writes ? <AddFiles onAdd={add} /> : null}
      {asked ? (
        <SameNames
          present={asked.present}
          onClose={() => setAsked(null)}
          onAnswer={(answer) => {
            const present = new Map(asked.present.map((file) => [file.name, file.file]));
            setAsked(null);
            send(
              asked.arriving.flatMap((one) => {
                const before = present.get(one.name);
                if (!before) return [{ ...one }];
                if (answer === "skip") return [];
                return [
                  answer === "replace"
                    ? { ...one, replaces: before }
                    : { ...one, keep_both: true },
                ];
              }),
            );
          }}
        />
      ) : null}
      <FileDialogs vault={vault} dialog={dialog} onChange={setDialog} />
    </section>
  );
}

interface Sent extends Arriving {
  replaces?: string;
  keep_both?: boolean;
}

const KEEP_ORIGINAL = "files.keep_original";

/** Puts files into the record. Whether pictures stay as they are is a choice of this browser. */
export function useSend(vault: string, record: string) {
  const transfers = useTransfers();
  return (files: readonly Sent[]) => {
    const keep_original = readSetting(KEEP_ORIGINAL) === "yes";
    transfers.upload(files.map((one) => ({ vault, record, keep_original, ...one })));
  };
}

/** The ways into the record: dropped, pasted, chosen, whole folders, a photo. */
function AddFiles({ onAdd }: { onAdd: (files: Arriving[]) => void }) {
  const say = useText();
  const [keepOriginal, setKeepOriginal] = useState(() => readSetting(KEEP_ORIGINAL) === "yes");
  const add = (files: FileList | null) => {
    if (files && files.length > 0) onAdd(chosen(files));
  };
  return (
    <>
      <DropZone
        className="drop"
        aria-label={say("files.drop.label")}
        onDrop={(event) => void dropped(event.items).then((files) => files.length && onAdd(files))}
      >
        <p className="drop-text">
          <Text id="files.drop" />
        </p>
        <div className="actions">
          <FileTrigger allowsMultiple onSelect={add}>
            <Button>
              <FileUp aria-hidden="true" />
              {say("files.choose")}
            </Button>
          </FileTrigger>
          <FileTrigger acceptDirectory onSelect={add}>
            <Button>
              <FolderUp aria-hidden="true" />
              {say("files.choose_folder")}
            </Button>
          </FileTrigger>
          <FileTrigger acceptedFileTypes={["image/*"]} defaultCamera="environment" onSelect={add}>
            <Button>
              <Camera aria-hidden="true" />
              {say("files.photo")}
            </Button>
          </FileTrigger>
        </div>
      </DropZone>
      <Tick
        isSelected={keepOriginal}
        onChange={(keep) => {
          setKeepOriginal(keep);
          writeSetting(KEEP_ORIGINAL, keep ? "yes" : "no");
        }}
      >
        {say("files.keep_original")}
      </Tick>
      <p className="footnote">
        <Text id={keepOriginal ? "files.original.kept" : "files.original.smaller"} />
      </p>
    </>
  );
}
