import { Link } from "@tanstack/react-router";
import { Text, useText } from "../i18n/text";

/** An address that leads nowhere, or to what is not the person's to see. */
export function NotFound() {
  const say = useText();
  return (
    <div className="page narrow">
      <h1>{say("not_found.title")}</h1>
      <p className="lead">
        <Text id="not_found.text" />
      </p>
      <Link to="/" className="button primary">
        {say("way.vaults")}
      </Link>
    </div>
  );
}
