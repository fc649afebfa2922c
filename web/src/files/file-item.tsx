import {
  Download,
  Ellipsis,
  EyeOff,
  File as FileIcon,
  FileAudio,
  FileImage,
  FileText,
  FileVideo,
} from "lucide-react";
import { useEffect, useState } from "react";
import { Button as AriaButton, MenuItem, Separator, Text as AriaText } from "react-aria-components";
import { useChange, keys } from "../app/queries";
import type { Vault } from "../core/api";
import type { FileRow } from "../core/api-files";
import { useText } from "../i18n/text";
import { useMoment } from "../records/values";
import { Button } from "../ui/button";
import { MenuButton } from "../ui/menu-button";
import { ErrorNotice } from "../ui/notice";
import type { FileDialog } from "./file-dialogs";
import { EncryptedBadge, LeaseBadge } from "./file-marks";
import { fileName, folderOf, viewKind } from "./kinds";
import { useThumbnail } from "./queries";
import { useSize } from "./sizes";

const icons = {
  image: FileImage,
  pdf: FileText,
  text: FileText,
  audio: FileAudio,
  video: FileVideo,
  none: FileIcon,
};

interface Props {
  vault: Vault;
  file: FileRow;
  writes: boolean;
  onOpen: (dialog: FileDialog) => void;
}

/** One file in the list of a record. */
export function FileItem({ vault, file, writes, onOpen }: Props) {
  const say = useText();
  const size = useSize();
  const moment = useMoment();
  const touched = [keys.vault(vault.vault)];
  const edit = useChange("edit_file", touched);
  const restore = useChange("restore_file", touched);
  const lease = useChange("lease_file", touched);
  const release = useChange("release_file", touched);
  const failed = edit.error ?? restore.error ?? lease.error ?? release.error;
  const one = { vault: vault.vault, file: file.file };
  const name = fileName(file.name);
  const folder = folderOf(file.name);
  const opens = file.damage === null && !file.deleted;
  const manages = vault.role === "manager" || vault.role === "owner";
  const blocked = file.lease !== null && !file.lease.you;
  return (
    <li className="file">
      <Picture vault={vault} file={file} />
      <div className="file-body">
        {folder ? (
          <p className="file-folder">
            <bdi>{folder}/</bdi>
          </p>
        ) : null}
        <p className="file-name">
          {opens ? (
            <AriaButton className="file-open" onPress={() => onOpen({ kind: "view", file })}>
              <bdi>{name}</bdi>
            </AriaButton>
          ) : (
            <bdi>{name}</bdi>
          )}
        </p>
        <p className="muted">
          {size(file.size_bytes)} · {say("files.by", { name: file.author, when: moment(file.changed_ms) })}
        </p>
        <p className="file-marks">
          <EncryptedBadge />
          {file.lease ? <LeaseBadge lease={file.lease} /> : null}
          {file.protected ? <span className="badge">{say("files.protected")}</span> : null}
          {file.hidden ? (
            <span className="badge">
              <EyeOff aria-hidden="true" />
              {say("files.hidden")}
            </span>
          ) : null}
          {file.revisions > 1 ? (
            <span className="badge">{say("files.revisions.count", { count: file.revisions })}</span>
          ) : null}
          {file.conflict ? <span className="badge conflict">{say("files.conflict")}</span> : null}
          {file.damage ? <span className="badge danger">{say("records.damage")}</span> : null}
          {file.deleted ? <span className="badge">{say("files.in_trash")}</span> : null}
        </p>
        {failed ? <ErrorNotice error={failed} /> : null}
      </div>
      <div className="file-tools">
        {file.deleted ? (
          writes ? (
            <Button isPending={restore.isPending} onPress={() => restore.mutate(one)}>
              {say("trash.restore")}
            </Button>
          ) : null
        ) : (
          <>
            {opens ? (
              <Button
                look="icon"
                onPress={() => onOpen({ kind: "save", file })}
                aria-label={say("files.save_this", { name })}
              >
                <Download aria-hidden="true" />
              </Button>
            ) : null}
            <MenuButton
              label={say("files.more", { name })}
              look="icon"
              button={<Ellipsis aria-hidden="true" />}
            >
              <MenuItem className="list-item" onAction={() => onOpen({ kind: "history", file })}>
                {say("files.revisions")}
              </MenuItem>
              {writes ? (
                <>
                  {blocked ? null : (
                    <MenuItem
                      className="list-item"
                      onAction={() => onOpen({ kind: "replace", file })}
                    >
                      {say("files.replace")}
                    </MenuItem>
                  )}
                  {(["rename", "move"] as const).map((kind) => (
                    <MenuItem
                      key={kind}
                      className="list-item"
                      textValue={say(`files.${kind}`)}
                      isDisabled={blocked}
                      onAction={() => onOpen({ kind, file })}
                    >
                      <AriaText slot="label">{say(`files.${kind}`)}</AriaText>
                      {blocked ? (
                        <AriaText slot="description" className="item-reason">
                          {say("files.blocked", { name: file.lease?.holder ?? "" })}
                        </AriaText>
                      ) : null}
                    </MenuItem>
                  ))}
                </>
              ) : null}
              <MenuItem className="list-item" onAction={() => onOpen({ kind: "copy", file })}>
                {say("files.copy")}
              </MenuItem>
              {manages ? (
                <MenuItem className="list-item" onAction={() => onOpen({ kind: "links", file })}>
                  {say("files.link")}
                </MenuItem>
              ) : null}
              {writes ? (
                <>
                  <Separator className="menu-line" />
                  {file.lease === null ? (
                    <MenuItem className="list-item" onAction={() => lease.mutate(one)}>
                      {say("files.lock")}
                    </MenuItem>
                  ) : null}
                  {file.lease && (file.lease.you || manages) ? (
                    <MenuItem className="list-item" onAction={() =>
                        release.mutate(blocked ? { ...one, break_lock: true } : one)
                      }>
                      {say(file.lease.you ? "files.unlock" : "files.break_lock")}
                    </MenuItem>
                  ) : null}
                  <MenuItem
                    className="list-item"
                    onAction={() => edit.mutate({ ...one, protected: !file.protected })}
                  >
                    {say(file.protected ? "files.unprotect" : "files.protect")}
                  </MenuItem>
                  <MenuItem
                    className="list-item"
                    onAction={() => edit.mutate({ ...one, hidden: !file.hidden })}
                  >
                    {say(file.hidden ? "files.unhide" : "files.hide")}
                  </MenuItem>
                  {file.protected ? null : (
                    <MenuItem className="list-item" onAction={() => onOpen({ kind: "delete", file })}>
                      {say("files.delete")}
                    </MenuItem>
                  )}
                </>
              ) : null}
            </MenuButton>
          </>
        )}
      </div>
    </li>
  );
}

function Picture({ vault, file }: { vault: Vault; file: FileRow }) {
  const { data } = useThumbnail(vault.vault, file);
  const [address, setAddress] = useState<string>();
  useEffect(() => {
    if (!data) return undefined;
    const made = URL.createObjectURL(new Blob([data], { type: "image/jpeg" }));
    setAddress(made);
    return () => {
      setAddress(undefined);
      URL.revokeObjectURL(made);
    };
  }, [data]);
  const Icon = icons[viewKind(file.name, file.media_type)];
  return (
    <span className="file-picture">
      {address ? <img src={address} alt="" /> : <Icon aria-hidden="true" />}
    </span>
  );
}
