const browsers: ReadonlyArray<[RegExp, string]> = [
  [/Edg\//, "Edge"],
  [/OPR\//, "Opera"],
  [/Firefox\//, "Firefox"],
  [/Chrome\//, "Chrome"],
  [/Safari\//, "Safari"],
];

const systems: ReadonlyArray<[RegExp, string]> = [
  [/iPhone|iPad/, "iOS"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/Mac OS X/, "macOS"],
  [/Linux/, "Linux"],
];

/** What the list of devices shows for this browser, for example `Firefox on Linux`. */
export function deviceName(userAgent: string): string {
  const name = (list: ReadonlyArray<[RegExp, string]>, otherwise: string) =>
    list.find(([sign]) => sign.test(userAgent))?.[1] ?? otherwise;
  return `${name(browsers, "Browser")} on ${name(systems, "this device")}`;
}
