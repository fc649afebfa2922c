import { useNavigate } from "@tanstack/react-router";
import { Building2, Lock, Settings, ShieldCheck, UserRound } from "lucide-react";
import { Keyboard, MenuItem } from "react-aria-components";
import { useLock } from "../account/lock";
import { useIsAdministrator } from "../admin/queries";
import { useText } from "../i18n/text";
import { MenuButton } from "../ui/menu-button";

/** The person's own menu: settings, and locking this page. */
export function AccountMenu({ name }: { name: string }) {
  const say = useText();
  const navigate = useNavigate();
  const lock = useLock();
  const isAdministrator = useIsAdministrator();
  return (
    <MenuButton
      label={say("account.menu", { name })}
      look="quiet account"
      button={
        <>
          <UserRound aria-hidden="true" />
          <span className="account-name">{name}</span>
        </>
      }
    >
      <MenuItem className="list-item" onAction={() => void navigate({ to: "/settings" })}>
        <Settings aria-hidden="true" />
        {say("settings.title")}
      </MenuItem>
      <MenuItem className="list-item" onAction={() => void navigate({ to: "/account" })}>
        <ShieldCheck aria-hidden="true" />
        {say("security.title")}
      </MenuItem>
      {isAdministrator ? (
        <MenuItem className="list-item" onAction={() => void navigate({ to: "/administration" })}>
          <Building2 aria-hidden="true" />
          {say("admin.title")}
        </MenuItem>
      ) : null}
      <MenuItem className="list-item" textValue={say("account.lock")} onAction={() => void lock()}>
        <Lock aria-hidden="true" />
        {say("account.lock")}
        <Keyboard className="menu-keys">Alt + Shift + L</Keyboard>
      </MenuItem>
    </MenuButton>
  );
}
