import { Link } from "@tanstack/react-router";
import { Text, useText } from "../i18n/text";
import { Notice } from "../ui/notice";

/** The vault that is open was taken away: what was typed stays until one goes. */
export function AccessEnded({ name }: { name: string }) {
  const say = useText();
  return (
    <Notice
      weight="error"
      title={say("sharing.ended.title", { vault: name })}
      actions={
        <Link className="button plain" to="/">
          {say("way.vaults")}
        </Link>
      }
    >
      <p>
        <Text id="sharing.ended.text" />
      </p>
    </Notice>
  );
}
