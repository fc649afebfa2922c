import { useState, type FormEvent } from "react";
import { FileTrigger, Form } from "react-aria-components";
import { keys, useChange } from "../app/queries";
import { readSetting, writeSetting } from "../app/settings-store";
import type { Vault } from "../core/api";
import type { FileRow, FileSource } from "../core/api-files";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { ConfirmDialog } from "../ui/confirm-dialog";
import { Dialog } from "../ui/dialog";
import { DialogActions } from "../ui/dialog-actions";
import { TextField } from "../ui/fields";
import { ErrorNotice } from "../ui/notice";
import { Tick } from "../ui/tick";
import { chosen } from "./arriving";
import { canSave } from "./delivery";
import { FileHistory } from "./file-history";
import { fileName } from "./kinds";
import { Links } from "./links";
import { MoveFile } from "./move-file";
import { useSize } from "./sizes";
import { useTransfers } from "./transfers-context";
import { Viewer } from "./viewer";

/** What is open over the list of files. */
export type FileDialog =
  | { kind: "view" | "save"; file: FileRow; revision?: string }
  | {
      kind: "rename" | "delete" | "history" | "move" | "copy" | "links" | "replace";
      file: FileRow;
    };

interface Props {
  vault: Vault;
  dialog: FileDialog | null;
  onChange: (dialog: FileDialog | null) => void;
}

/** The dialogs of one file. */
export function FileDialogs({ vault, dialog, onChange }: Props) {
  if (!dialog) return null;
  const { kind, file } = dialog;
  const close = () => onChange(null);
  const part = { vault, file, onClose: close };
  const source: FileSource = {
    vault: vault.vault,
    file: file.file,
    ...("revision" in dialog && dialog.revision ? { revision: dialog.revision } : {}),
  };
  switch (kind) {
    case "view":
      return (
        <Viewer
          source={source}
          name={file.name}
          mediaType={file.media_type}
          sizeBytes={file.size_bytes}
          onClose={close}
          onSave={() => onChange({ ...dialog, kind: "save" })}
        />
      );
    case "save":
      return <SaveFile source={source} name={file.name} sizeBytes={file.size_bytes} onClose={close} />;
    case "rename":
      return <RenameFile {...part} />;
    case "delete":
      return <DeleteFile {...part} />;
    case "replace":
      return <ReplaceFile {...part} />;
    case "history":
      return <FileHistory {...part} onOpen={onChange} />;
    case "links":
      return <Links {...part} />;
    case "move":
    case "copy":
      return <MoveFile {...part} kind={kind} />;
  }
}

interface OfFile {
  vault: Vault;
  file: FileRow;
  onClose: () => void;
}

const EXPLAINED = "files.saving_explained";

interface SaveProps {
  source: FileSource;
  name: string;
  sizeBytes: number;
  onClose: () => void;
}

/** Says what saving means before the first byte leaves. */
export function SaveFile({ source, name, sizeBytes, onClose }: SaveProps) {
  const say = useText();
  const size = useSize();
  const transfers = useTransfers();
  const [understood, setUnderstood] = useState(() => readSetting(EXPLAINED) === "yes");
  const possible = canSave(sizeBytes);
  const start = () => {
    writeSetting(EXPLAINED, understood ? "yes" : "no");
    transfers.download({ source, name, size_bytes: sizeBytes });
    onClose();
  };
  return (
    <Dialog title={say("files.save.title")} isOpen onClose={onClose}>
      <p className="save-name">
        <bdi>{fileName(name)}</bdi> <span className="muted">{size(sizeBytes)}</span>
      </p>
      <p>
        <Text id="files.save.text" />
      </p>
      {understood ? null : (
        <p>
          <Text id="files.save.more" />
        </p>
      )}
      {possible ? (
        <Tick isSelected={understood} onChange={setUnderstood}>
          {say("files.save.understood")}
        </Tick>
      ) : (
        <p className="field-error" role="alert">
          {say("files.save.impossible")}
        </p>
      )}
      <DialogActions
        onCancel={onClose}
        submit={say("files.save.submit")}
        isDisabled={!possible}
        onSubmit={start}
      />
    </Dialog>
  );
}

function RenameFile({ vault, file, onClose }: OfFile) {
  const say = useText();
  const [name, setName] = useState(file.name);
  const [missing, setMissing] = useState(false);
  const edit = useChange("edit_file", [keys.vault(vault.vault)]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setMissing(name.trim() === "");
    if (name.trim() === "") return;
    edit.mutate({ vault: vault.vault, file: file.file, name: name.trim() }, { onSuccess: onClose });
  };
  return (
    <Dialog title={say("files.rename.title")} isOpen onClose={onClose}>
      <Form className="form" onSubmit={submit} validationBehavior="aria">
        <TextField
          label={say("files.name")}
          value={name}
          onChange={setName}
          hint={say("files.name.hint")}
          error={missing ? say("files.name.missing") : undefined}
          maxLength={1_024}
          autoFocus
          isRequired
        />
        {edit.error ? <ErrorNotice error={edit.error} kept /> : null}
        <DialogActions
          onCancel={onClose}
          submit={say("files.rename.submit")}
          isPending={edit.isPending}
        />
      </Form>
    </Dialog>
  );
}

function DeleteFile({ vault, file, onClose }: OfFile) {
  const say = useText();
  const remove = useChange("delete_file", [keys.vault(vault.vault)]);
  return (
    <ConfirmDialog
      title={say("files.delete.title")}
      isOpen
      onClose={onClose}
      submit={say("delete.submit")}
      change={remove}
      onConfirm={() =>
        remove.mutate({ vault: vault.vault, file: file.file }, { onSuccess: onClose })
      }
    >
      <p>
        <Text id="files.delete.text" values={{ name: <bdi>{fileName(file.name)}</bdi> }} />
      </p>
      <p>
        <Text id="delete.copies" />
      </p>
    </ConfirmDialog>
  );
}

function ReplaceFile({ vault, file, onClose }: OfFile) {
  const say = useText();
  const transfers = useTransfers();
  return (
    <Dialog title={say("files.replace.title")} isOpen onClose={onClose}>
      <p>
        <Text id="files.replace.text" values={{ name: <bdi>{fileName(file.name)}</bdi> }} />
      </p>
      <div className="actions end">
        <Button look="quiet" onPress={onClose}>
          {say("cancel")}
        </Button>
        <FileTrigger
          onSelect={(files) => {
            const [one] = chosen(files);
            if (!one) return;
            transfers.upload([
              {
                vault: vault.vault,
                record: file.record,
                // The next revision of the same file keeps its name.
                name: file.name,
                file: one.file,
                keep_original: readSetting("files.keep_original") === "yes",
                replaces: file.file,
              },
            ]);
            onClose();
          }}
        >
          <Button look="primary">{say("files.choose_one")}</Button>
        </FileTrigger>
      </div>
    </Dialog>
  );
}
