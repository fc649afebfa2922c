import { Download, Eye } from "lucide-react";
import type { Vault } from "../core/api";
import type { FileRow } from "../core/api-files";
import { useText } from "../i18n/text";
import { useMoment } from "../records/values";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Loading } from "../ui/loading";
import { ErrorNotice } from "../ui/notice";
import type { FileDialog } from "./file-dialogs";
import { fileName } from "./kinds";
import { useFileHistory } from "./queries";
import { useSize } from "./sizes";

interface Props {
  vault: Vault;
  file: FileRow;
  onOpen: (dialog: FileDialog) => void;
  onClose: () => void;
}

/** All revisions of a file, newest first; each can be seen and saved. */
export function FileHistory({ vault, file, onOpen, onClose }: Props) {
  const say = useText();
  const size = useSize();
  const moment = useMoment();
  const history = useFileHistory(vault.vault, file.file);
  return (
    <Dialog title={say("files.revisions.title", { name: fileName(file.name) })} isOpen onClose={onClose}>
      {history.error ? (
        <ErrorNotice error={history.error} onRetry={() => void history.refetch()} />
      ) : null}
      {history.isPending ? <Loading /> : null}
      <ol className="versions">
        {history.data?.map((one) => {
          const when = moment(one.appended_ms);
          // As it was then: name and length are those of the revision.
          const then = { ...file, name: one.name, size_bytes: one.size_bytes };
          return (
            <li key={one.revision} className="version">
              <p className="version-head">
                <strong>{one.author}</strong> <span className="muted">{when}</span>
                {one.current ? <span className="badge">{say("history.current")}</span> : null}
              </p>
              {one.erased ? (
                <p className="muted">{say("history.erased")}</p>
              ) : (
                <div className="revision">
                  <p>
                    <bdi>{fileName(one.name)}</bdi> <span className="muted">{size(one.size_bytes)}</span>
                  </p>
                  <Button
                    look="icon"
                    aria-label={say("files.revision.view", { when })}
                    onPress={() => onOpen({ kind: "view", file: then, revision: one.revision })}
                  >
                    <Eye aria-hidden="true" />
                  </Button>
                  <Button
                    look="icon"
                    aria-label={say("files.revision.save", { when })}
                    onPress={() => onOpen({ kind: "save", file: then, revision: one.revision })}
                  >
                    <Download aria-hidden="true" />
                  </Button>
                </div>
              )}
            </li>
          );
        })}
      </ol>
    </Dialog>
  );
}
