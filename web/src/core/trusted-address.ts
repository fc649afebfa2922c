/** Part of Trusted Types that the library's types do not know yet. */
interface TrustedTypesFactory {
  createPolicy(
    name: string,
    rules: { createScriptURL: (address: string) => string },
  ): { createScriptURL(address: string): unknown };
}

let policy: ReturnType<TrustedTypesFactory["createPolicy"]> | undefined;

function allow(address: string): string {
  if (new URL(address, location.href).origin !== location.origin) {
    throw new TypeError("a worker of another origin is never started");
  }
  return address;
}

/**
 * The address of a worker, as the page's policy wants it: of this origin, and made by the one
 * policy of Trusted Types that the page may have.
 */
export function trustedAddress(address: string): string {
  const factory = (globalThis as { trustedTypes?: TrustedTypesFactory }).trustedTypes;
  policy ??= factory?.createPolicy("strongroom", { createScriptURL: allow });
  return (policy?.createScriptURL(address) ?? allow(address)) as string;
}
