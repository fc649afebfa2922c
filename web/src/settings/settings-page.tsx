import { Label, Radio, RadioGroup } from "react-aria-components";
import { useStatus } from "../app/queries";
import { chooseTheme, themes, useTheme, type Theme } from "../app/theme";
import { isLanguage, languages } from "../i18n/languages";
import { useLanguage } from "../i18n/provider";
import { Text, useText } from "../i18n/text";
import { ForgetBrowser } from "../sign-in/forget-browser";

/** Language, look, and leaving this browser. */
export function SettingsPage() {
  const say = useText();
  const theme = useTheme();
  const { language, choose } = useLanguage();
  const { data: status } = useStatus();
  return (
    <div className="page narrow">
      <h1>{say("settings.title")}</h1>
      <section className="section">
        <RadioGroup
          className="radios"
          value={language}
          onChange={(chosen) => {
            if (isLanguage(chosen)) choose(chosen);
          }}
        >
          <Label className="section-title">{say("settings.language")}</Label>
          {Object.entries(languages).map(([id, label]) => (
            <Radio key={id} value={id} className="radio">
              <span lang={id}>{label}</span>
            </Radio>
          ))}
        </RadioGroup>
      </section>
      <section className="section">
        <RadioGroup
          className="radios"
          value={theme}
          onChange={(chosen) => chooseTheme(chosen as Theme)}
        >
          <Label className="section-title">{say("settings.theme")}</Label>
          {themes.map((id) => (
            <Radio key={id} value={id} className="radio">
              {say(`settings.theme.${id}`)}
            </Radio>
          ))}
        </RadioGroup>
      </section>
      <section className="section">
        <h2 className="section-title">{say("settings.browser")}</h2>
        <p>
          <Text id="settings.browser.text" />
        </p>
        <ForgetBrowser name={status?.name ?? ""} />
      </section>
    </div>
  );
}
