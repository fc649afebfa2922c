import { useNavigate } from "@tanstack/react-router";
import { Lock, Settings, UserRound } from "lucide-react";
import { Button as AriaButton, Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import { useChange, useForget } from "../app/queries";
import { useText } from "../i18n/text";

/** The person's own menu: settings, and locking this page. */
export function AccountMenu({ name }: { name: string }) {
  const say = useText();
  const navigate = useNavigate();
  const lock = useChange("lock");
  const forget = useForget();
  return (
    <MenuTrigger>
      <AriaButton className="button quiet account" aria-label={say("account.menu", { name })}>
        <UserRound aria-hidden="true" />
        <span className="account-name">{name}</span>
      </AriaButton>
      <Popover className="popover list" placement="bottom end">
        <Menu className="menu">
          <MenuItem className="list-item" onAction={() => void navigate({ to: "/settings" })}>
            <Settings aria-hidden="true" />
            {say("settings.title")}
          </MenuItem>
          <MenuItem
            className="list-item"
            onAction={() => lock.mutate({}, { onSettled: () => void forget() })}
          >
            <Lock aria-hidden="true" />
            {say("account.lock")}
          </MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
