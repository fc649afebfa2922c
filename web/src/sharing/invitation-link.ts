/**
 * The invitation in the page's address: `/join#SR-INVITE-…&ca=…`. What follows `#` is never sent
 * to a server. It is taken out of the address at once, so that it stays in no history.
 */
let code: string | undefined;

/** Takes an invitation out of the address; to be called before the pages are made. */
export function takeInvitation(place: Location = location, past: History = history): void {
  if (place.pathname !== "/join") return;
  code = readInvitation(place.hash);
  past.replaceState(null, "", "/");
}

/** The code in what follows `#` of an invitation link. */
export function readInvitation(fragment: string): string | undefined {
  const [first = ""] = fragment.replace(/^#/, "").split("&");
  return /^SR-INVITE-[0-9A-Z-]+$/i.test(first) ? first : undefined;
}

/** The code that this page was opened with. */
export const invitationCode = (): string | undefined => code;

/** Somebody signed up with it, or does not want it. */
export function forgetInvitation(): void {
  code = undefined;
}
