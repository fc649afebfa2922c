import { expect, it } from "vitest";
import {
  forgetInvitation,
  invitationCode,
  readInvitation,
  takeInvitation,
} from "./invitation-link";

const code = "SR-INVITE-0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV";

it("reads the code of a link, and nothing else", () => {
  expect(readInvitation(`#${code}&ca=abcd`)).toBe(code);
  expect(readInvitation(`#${code.toLowerCase()}`)).toBe(code.toLowerCase());
  expect(readInvitation("#SR-SETUP-0123&ca=ab")).toBeUndefined();
  expect(readInvitation("#<b>SR-INVITE-0123</b>")).toBeUndefined();
  expect(readInvitation("")).toBeUndefined();
});

it("takes the invitation out of the address, so that it stays in no history", () => {
  const addresses: unknown[] = [];
  const past = { replaceState: (...state: unknown[]) => addresses.push(state[2]) } as never;
  takeInvitation({ pathname: "/vaults/x", hash: `#${code}` } as Location, past);
  expect(addresses).toEqual([]);
  expect(invitationCode()).toBeUndefined();
  takeInvitation({ pathname: "/join", hash: `#${code}&ca=ab` } as Location, past);
  expect(addresses).toEqual(["/"]);
  expect(invitationCode()).toBe(code);
  forgetInvitation();
  expect(invitationCode()).toBeUndefined();
});
