import { EllipsisVertical, ShieldCheck, UserMinus, UserRoundCog } from "lucide-react";
import { useState } from "react";
import { MenuItem } from "react-aria-components";
import { useIntl } from "react-intl";
import type { Vault } from "../core/api";
import type { Member } from "../core/api-sharing";
import { useText } from "../i18n/text";
import { Avatar } from "../ui/avatar";
import { MenuButton } from "../ui/menu-button";
import { ChangeRole } from "./change-role";
import { ComparisonBadge } from "./comparison-badge";
import { RemoveMember } from "./remove-member";
import { mayChange } from "./rights";
import { SafetyDialog } from "./safety-dialog";

/** A member: name, role, since when, and what can be done about them. */
export function MemberItem({ vault, member }: { vault: Vault; member: Member }) {
  const say = useText();
  const intl = useIntl();
  const [open, setOpen] = useState<"safety" | "role" | "remove">();
  const close = () => setOpen(undefined);
  const changeable = vault.read_only === null && mayChange(vault.role, member);
  const day = intl.formatDate(member.since_ms, { dateStyle: "medium" });
  return (
    <li className="member">
      <Avatar name={member.name} />
      <span className="member-text">
        <span className="member-name">
          <bdi>{member.name}</bdi>
          {member.you ? <span className="badge">{say("members.you")}</span> : null}
          <ComparisonBadge comparison={member.comparison} />
        </span>
        <span className="member-role">
          {member.let_in_by
            ? say("members.since", { day, author: member.let_in_by })
            : say("members.since.maker", { day })}
        </span>
      </span>
      <span className="badge role">{say(`role.${member.role}`)}</span>
      {member.you ? null : (
        <MenuButton
          label={say("members.menu", { name: member.name })}
          look="icon"
          button={<EllipsisVertical aria-hidden="true" />}
        >
          <MenuItem className="list-item" onAction={() => setOpen("safety")}>
            <ShieldCheck aria-hidden="true" />
            {say("safety.open")}
          </MenuItem>
          {changeable ? (
            <MenuItem className="list-item" onAction={() => setOpen("role")}>
              <UserRoundCog aria-hidden="true" />
              {say("sharing.change_role")}
            </MenuItem>
          ) : null}
          {changeable ? (
            <MenuItem className="list-item" onAction={() => setOpen("remove")}>
              <UserMinus aria-hidden="true" />
              {say("sharing.remove")}
            </MenuItem>
          ) : null}
        </MenuButton>
      )}
      <SafetyDialog
        identity={member.identity}
        name={member.name}
        isOpen={open === "safety"}
        onClose={close}
      />
      <ChangeRole vault={vault} member={member} isOpen={open === "role"} onClose={close} />
      <RemoveMember vault={vault} member={member} isOpen={open === "remove"} onClose={close} />
    </li>
  );
}
