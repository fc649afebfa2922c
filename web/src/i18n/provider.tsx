import { createContext, use, useEffect, useState, type ReactNode } from "react";
import { I18nProvider } from "react-aria-components";
import { IntlProvider } from "react-intl";
import { readSetting, writeSetting } from "../app/settings-store";
import {
  isLanguage,
  loadMessages,
  preferredLanguage,
  type Language,
  type Messages,
} from "./languages";

interface LanguageChoice {
  language: Language;
  choose: (language: Language) => void;
}

const LanguageContext = createContext<LanguageChoice>({ language: "en", choose: () => {} });

/** The language in use, and how to change it. */
export const useLanguage = () => use(LanguageContext);

/** Gives everything inside the words of the chosen language. Shows nothing until they are there. */
export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(() => {
    const saved = readSetting("language");
    return isLanguage(saved) ? saved : preferredLanguage(navigator.languages);
  });
  const [loaded, setLoaded] = useState<{ language: Language; messages: Messages }>();

  useEffect(() => {
    let current = true;
    void loadMessages(language).then((messages) => {
      if (!current) return;
      document.documentElement.lang = language;
      setLoaded({ language, messages });
    });
    return () => {
      current = false;
    };
  }, [language]);

  const choose = (chosen: Language) => {
    writeSetting("language", chosen);
    setLanguage(chosen);
  };
  if (!loaded) return null;
  // Dates and numbers follow the browser's own region where it is of the same language.
  const region = navigator.languages.find((tag) => tag.toLowerCase().startsWith(loaded.language));
  const locale = region ?? loaded.language;
  return (
    <LanguageContext value={{ language: loaded.language, choose }}>
      <IntlProvider locale={locale} messages={loaded.messages} defaultLocale="en">
        <I18nProvider locale={locale}>{children}</I18nProvider>
      </IntlProvider>
    </LanguageContext>
  );
}
