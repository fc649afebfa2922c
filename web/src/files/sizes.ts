import { useCallback } from "react";
import { useIntl, type IntlShape } from "react-intl";

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** A size as people read it: 0 bytes, 340 kB, 1.2 GB. */
export function sizeText(intl: IntlShape, bytes: number, perSecond = false): string {
  let value = bytes;
  let step = 0;
  // What would be rounded up to a thousand is one of the next unit.
  while (Math.round(value) >= 1_000 && step < UNITS.length - 1) {
    value /= 1_000;
    step += 1;
  }
  const unit = UNITS[step] ?? "byte";
  return intl.formatNumber(value, {
    style: "unit",
    unit: perSecond ? `${unit}-per-second` : unit,
    unitDisplay: step === 0 && !perSecond ? "long" : "short",
    maximumFractionDigits: value < 10 && step > 0 ? 1 : 0,
  });
}

export function useSize(): (bytes: number, perSecond?: boolean) => string {
  const intl = useIntl();
  return useCallback((bytes, perSecond) => sizeText(intl, bytes, perSecond), [intl]);
}
