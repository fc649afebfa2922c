import en from "./en.json";

/** The languages that are complete; each by the name that its speakers give it. */
export const languages = { en: "English", de: "Deutsch", cs: "Čeština" } as const;
export type Language = keyof typeof languages;
export type MessageId = keyof typeof en;
export type Messages = Record<MessageId, string>;

const loaders: Record<Language, () => Promise<Messages>> = {
  en: () => Promise.resolve(en),
  de: () => import("./de.json").then((module) => module.default),
  cs: () => import("./cs.json").then((module) => module.default),
};

/** Reads the messages of a language; all but English are loaded when they are wanted. */
export const loadMessages = (language: Language): Promise<Messages> => loaders[language]();

export function isLanguage(text: string | null | undefined): text is Language {
  return text !== null && text !== undefined && Object.hasOwn(languages, text);
}

/** The first language of the browser's that is complete here. */
export function preferredLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const base = tag.toLowerCase().split("-")[0];
    if (isLanguage(base)) return base;
  }
  return "en";
}
