import type { FileRow } from "../core/api-files";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";

export type SameNameAnswer = "replace" | "keep_both" | "skip";

interface Props {
  present: readonly FileRow[];
  onAnswer: (answer: SameNameAnswer) => void;
  onClose: () => void;
}

/** A record may have two files of one name, but never by accident. */
export function SameNames({ present, onAnswer, onClose }: Props) {
  const say = useText();
  return (
    <Dialog title={say("files.same.title", { count: present.length })} isOpen onClose={onClose}>
      <ul className="plain-list">
        {present.slice(0, 8).map((file) => (
          <li key={file.file}>
            <bdi>{file.name}</bdi>
          </li>
        ))}
        {present.length > 8 ? <li>{say("files.same.more", { count: present.length - 8 })}</li> : null}
      </ul>
      <p>
        <Text id="files.same.text" />
      </p>
      <div className="actions end">
        <Button look="quiet" onPress={() => onAnswer("skip")}>
          {say("files.same.skip")}
        </Button>
        <Button onPress={() => onAnswer("keep_both")}>{say("files.same.keep_both")}</Button>
        <Button look="primary" onPress={() => onAnswer("replace")}>
          {say("files.same.replace")}
        </Button>
      </div>
    </Dialog>
  );
}
