import { Link, useLocation } from "@tanstack/react-router";
import { TriangleAlert } from "lucide-react";
import { useStatus } from "../app/queries";
import { useText } from "../i18n/text";

/** Says on every page that keys are only half renewed: until it is finished, the old ones count. */
export function RenewalBar() {
  const say = useText();
  const { data: status } = useStatus();
  const there = useLocation({ select: ({ pathname }) => pathname === "/account" });
  if (!status?.renewal_waits || there) return null;
  return (
    <section className="bar warning" aria-label={say("renew.waits.title")}>
      <TriangleAlert aria-hidden="true" />
      <p>{say("renew.waits.title")}</p>
      <Link className="button plain" to="/account">
        {say("renew.waits.open")}
      </Link>
    </section>
  );
}
