import { BadgeCheck, TriangleAlert } from "lucide-react";
import type { Comparison } from "../core/api-sharing";
import { useText } from "../i18n/text";

/** Whether safety numbers were compared with somebody. */
export function ComparisonBadge({ comparison }: { comparison: Comparison }) {
  const say = useText();
  switch (comparison) {
    case "compared":
      return (
        <span className="badge good">
          <BadgeCheck aria-hidden="true" />
          {say("safety.compared")}
        </span>
      );
    case "changed":
      return (
        <span className="badge conflict">
          <TriangleAlert aria-hidden="true" />
          {say("safety.changed")}
        </span>
      );
    case "never":
      return null;
  }
}
