import { Languages } from "lucide-react";
import { isLanguage, languages } from "../i18n/languages";
import { useLanguage } from "../i18n/provider";
import { useText } from "../i18n/text";
import { ChoiceMenu } from "../ui/choice-menu";

/** The language, for people who are not in yet. */
export function LookMenu() {
  const say = useText();
  const { language, choose } = useLanguage();
  return (
    <ChoiceMenu
      label={say("settings.language")}
      look="quiet"
      options={Object.entries(languages).map(([id, label]) => ({ id, label, lang: id }))}
      value={language}
      onChange={(chosen) => {
        if (isLanguage(chosen)) choose(chosen);
      }}
    >
      <Languages aria-hidden="true" />
      {languages[language]}
    </ChoiceMenu>
  );
}
