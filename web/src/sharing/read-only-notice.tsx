import { useState } from "react";
import type { Vault } from "../core/api";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Notice } from "../ui/notice";
import { PictureDialog } from "./picture-dialog";

/** Why a vault can only be read here, and what ends that. Nothing where it can be written. */
export function ReadOnlyNotice({ vault }: { vault: Vault }) {
  const say = useText();
  const [comparing, setComparing] = useState(false);
  if (vault.read_only === null) return null;
  const fork = vault.read_only === "fork";
  return (
    <>
      <Notice
        weight={fork ? "stop" : "warning"}
        title={say(fork ? "picture.fork.title" : "records.read_only.title")}
        actions={
          <Button onPress={() => setComparing(true)}>
            {say(fork ? "picture.compare_again" : "picture.compare")}
          </Button>
        }
      >
        <p>
          <Text id={fork ? "picture.fork.text" : "records.read_only.text"} />
        </p>
        {fork ? (
          <p>
            <Text id="picture.fork.then" />
          </p>
        ) : null}
      </Notice>
      <PictureDialog vault={vault} isOpen={comparing} onClose={() => setComparing(false)} />
    </>
  );
}
