/** How hard a passphrase is to guess. Loaded only where a new one is chosen: it is large. */
import { ZxcvbnFactory } from "@zxcvbn-ts/core";
import * as common from "@zxcvbn-ts/language-common";
import * as english from "@zxcvbn-ts/language-en";
import type { MessageId } from "../i18n/languages";

/** Guesses a second by somebody with the data and good hardware: Argon2id with 64 MiB is slow. */
const GUESSES_A_SECOND = 10_000;




const units = [
  { unit: "year", seconds: 31_557_600 },
  { unit: "month", seconds: 2_629_800 },
  { unit: "day", seconds: 86_400 },
  { unit: "hour", seconds: 3_600 },
  { unit: "minute", seconds: 60 },
] as const;

export interface Strength {
  /** 0 is guessed at once, 4 is out of reach. Below 2 is not taken. */
  score: 0 | 1 | 2 | 3 | 4;
  /** How long guessing takes, as a sentence. */
  time: MessageId;
  /** How many of the sentence's unit. */
  count: number;
  /** What makes it weak, where that is known. */
  weakness: MessageId | undefined;
}

const meter = new ZxcvbnFactory({
  graphs: common.adjacencyGraphs,
  dictionary: { ...common.dictionary, ...english.dictionary },
});

/** Measures a passphrase; `own` are words that a guesser tries first, like the person's name. */
export function measure(passphrase: string, own: readonly string[]): Strength {
  const result = meter.check(passphrase, own.filter((word) => word !== ""));
  const seconds = 10 ** result.guessesLog10 / GUESSES_A_SECOND;
  return { score: result.score, ...timeOf(seconds), weakness: weaknessOf(result.feedback.warning) };
}

/** A span of time in its largest whole unit. */
export function timeOf(seconds: number): { time: MessageId; count: number } {
  if (seconds >= 100 * 31_557_600) return { time: "strength.time.centuries", count: 1 };
  const fit = units.find((unit) => seconds >= unit.seconds);
  if (!fit) return { time: "strength.time.at_once", count: 0 };
  return { time: `strength.time.${fit.unit}`, count: Math.floor(seconds / fit.seconds) };
}

const weaknesses: Record<string, MessageId> = {
  straightRow: "strength.weak.keyboard",
  keyPattern: "strength.weak.keyboard",
  simpleRepeat: "strength.weak.repeat",
  extendedRepeat: "strength.weak.repeat",
  sequences: "strength.weak.sequence",
  recentYears: "strength.weak.date",
  dates: "strength.weak.date",
  topTen: "strength.weak.common",
  topHundred: "strength.weak.common",
  common: "strength.weak.common",
  similarToCommon: "strength.weak.common",
  wordByItself: "strength.weak.word",
  namesByThemselves: "strength.weak.name",
  commonNames: "strength.weak.name",
  userInputs: "strength.weak.own",
};

/** The library names its warnings by keys such as `warnings.topTen`. */
function weaknessOf(warning: string | null | undefined): MessageId | undefined {
  const key = warning?.split(".").at(-1);
  return key === undefined ? undefined : weaknesses[key];
}
