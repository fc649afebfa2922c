import { Languages } from "lucide-react";
import { Button as AriaButton, Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import { isLanguage, languages } from "../i18n/languages";
import { useLanguage } from "../i18n/provider";
import { useText } from "../i18n/text";

/** The language, for people who are not in yet. */
export function LookMenu() {
  const say = useText();
  const { language, choose } = useLanguage();
  return (
    <MenuTrigger>
      <AriaButton className="button quiet" aria-label={say("settings.language")}>
        <Languages aria-hidden="true" />
        {languages[language]}
      </AriaButton>
      <Popover className="popover list" placement="bottom end">
        <Menu
          className="menu"
          selectionMode="single"
          disallowEmptySelection
          selectedKeys={[language]}
          onAction={(key) => {
            const chosen = String(key);
            if (isLanguage(chosen)) choose(chosen);
          }}
        >
          {Object.entries(languages).map(([id, label]) => (
            <MenuItem key={id} id={id} className="list-item" lang={id}>
              {label}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
