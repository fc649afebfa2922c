import { expect, it } from "vitest";
import { asPrinted, kitLines, recoveryCode, shortKit } from "./kit-page";

const kit = `Strongroom recovery kit

Print this page, or keep it where neither the server nor a thief of your machine
finds it. With it you come back when your passphrase is forgotten or your machine
is gone. Whoever holds it can read everything you can read.

Server: https://vault.example:8443
CA fingerprint: abab
Organisation: cdcd
Name: Änne: Müller
Recovery code: SR-RECOVER-0000-1111-2222-3333-4444-5555-666X
Device secret: SR-DEVICE-7777-7777-7777-7777-7777-7777-777Z

New machine, passphrase known: log in and give the device secret.
Passphrase forgotten: run \`strongroom recover\` with this page.
`;

it("shows the labelled lines and no sentence", () => {
  expect(kitLines(kit).map(({ label }) => label)).toEqual([
    "Server",
    "CA fingerprint",
    "Organisation",
    "Name",
    "Recovery code",
    "Device secret",
  ]);
  expect(kitLines(kit)[3]?.value).toBe("Änne: Müller");
});

it("puts heading and lines in the QR code, which is all that is read back", () => {
  expect(shortKit(kit).split("\n")).toHaveLength(7);
  expect(shortKit(kit)).toMatch(/^Strongroom recovery kit\nServer: /);
});

it("finds the groups of the recovery code", () => {
  expect(recoveryCode(kit)?.groups).toEqual(["0000", "1111", "2222", "3333", "4444", "5555", "666X"]);
  expect(recoveryCode("nothing")).toBeNull();
});

it("reads groups as people type them", () => {
  expect(asPrinted(" o1il-")).toBe("0111");
});
