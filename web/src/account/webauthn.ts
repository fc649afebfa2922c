import type { PasskeyQuestion } from "../core/api-account";

/** What an authenticator gave: which passkey, and the secret that it derives for this page. */
export interface PasskeyAnswer {
  credential: string;
  /** 32 bytes in hexadecimal digits; only for the core. */
  prf: string;
}

/** Why there is no answer. */
export type PasskeyFailure = "cancelled" | "no_secret" | "not_here" | "failed";

export class PasskeyError extends Error {
  readonly failure: PasskeyFailure;

  constructor(failure: PasskeyFailure) {
    super(failure);
    this.name = "PasskeyError";
    this.failure = failure;
  }
}

/** Whether this browser can ask an authenticator at all. */
export function passkeysPossible(): boolean {
  return typeof PublicKeyCredential === "function" && isSecureContext;
}

/** Makes a passkey. Some authenticators give their secret only when they are asked a second time. */
export async function makePasskey(question: PasskeyQuestion, name: string): Promise<PasskeyAnswer> {
  const made = await asked(() =>
    navigator.credentials.create({
      publicKey: {
        challenge: crypto.getRandomValues(new Uint8Array(32)),
        rp: { name: "Strongroom" },
        user: { id: fromHex(question.user), name, displayName: name },
        pubKeyCredParams: [
          { type: "public-key", alg: -7 },
          { type: "public-key", alg: -257 },
        ],
        authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
        excludeCredentials: question.credentials.map(known),
        attestation: "none",
        extensions: { prf: { eval: { first: inputOf(question) } } },
      },
    }),
  );
  const prf = made.getClientExtensionResults().prf;
  const secret = takeSecret(prf?.results?.first);
  if (secret) return { credential: made.id, prf: secret };
  if (prf?.enabled !== true) throw new PasskeyError("no_secret");
  return askPasskey({ ...question, credentials: [made.id] });
}

/** Asks for one of the known passkeys. */
export async function askPasskey(question: PasskeyQuestion): Promise<PasskeyAnswer> {
  const found = await asked(() =>
    navigator.credentials.get({
      publicKey: {
        challenge: crypto.getRandomValues(new Uint8Array(32)),
        allowCredentials: question.credentials.map(known),
        userVerification: "required",
        extensions: { prf: { eval: { first: inputOf(question) } } },
      },
    }),
  );
  const secret = takeSecret(found.getClientExtensionResults().prf?.results?.first);
  if (!secret) throw new PasskeyError("no_secret");
  return { credential: found.id, prf: secret };
}

async function asked(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  let answer: Credential | null;
  try {
    answer = await ask();
  } catch (thrown) {
    throw new PasskeyError(failureOf(thrown));
  }
  if (!(answer instanceof PublicKeyCredential)) throw new PasskeyError("failed");
  return answer;
}

export function failureOf(thrown: unknown): PasskeyFailure {
  const name = thrown instanceof DOMException ? thrown.name : "";
  if (name === "NotAllowedError" || name === "AbortError") return "cancelled";
  // The address is no name that a passkey can belong to, an IP address for example.
  if (name === "SecurityError") return "not_here";
  return "failed";
}

/** The secret as the core takes it; the bytes themselves are wiped. */
function takeSecret(answer: BufferSource | undefined): string | undefined {
  if (!answer) return undefined;
  const bytes = ArrayBuffer.isView(answer)
    ? new Uint8Array(answer.buffer, answer.byteOffset, answer.byteLength)
    : new Uint8Array(answer);
  const text = toHex(bytes);
  bytes.fill(0);
  return text;
}

const known = (id: string): PublicKeyCredentialDescriptor => ({ type: "public-key", id: fromBase64Url(id) });
const inputOf = (question: PasskeyQuestion) => new TextEncoder().encode(question.prf_input);

export function toHex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  const pairs = text.match(/../g) ?? [];
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}

export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}
