import type { CoreProblem } from "./api";

/** Exit numbers that the core's errors share with the program. */
export const exit = { failed: 1, usage: 2, notFound: 3, refused: 4, integrity: 5, conflict: 6 };

/** An error of the core, for the page. */
export class CoreError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly exit: number;

  constructor(problem: CoreProblem) {
    super(problem.message);
    this.name = "CoreError";
    this.code = problem.code;
    this.hint = problem.hint;
    this.exit = problem.exit;
  }

  /** Whether signing in again is the way on. */
  get sessionEnded(): boolean {
    return ["unauthenticated", "logged_out", "login_required"].includes(this.code);
  }

  /** Whether the core lets nobody go on in a page that was opened without the server. */
  get locksOut(): boolean {
    return [
      "away_ended",
      "device_revoked",
      "passkey_removed",
      "offline_too_long",
      "clock_set_back",
    ].includes(this.code);
  }
}

/** Reads whatever was thrown as a problem; something unknown is the page's own failure. */
export function toProblem(thrown: unknown): CoreProblem {
  if (typeof thrown === "object" && thrown !== null && "code" in thrown && "exit" in thrown) {
    const problem = thrown as CoreProblem;
    return {
      code: String(problem.code),
      message: String(problem.message),
      exit: Number(problem.exit),
      ...(typeof problem.hint === "string" ? { hint: problem.hint } : {}),
    };
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: "internal", message, exit: exit.failed };
}

/** As [`toProblem`], as an error of the page. */
export function toCoreError(thrown: unknown): CoreError {
  return thrown instanceof CoreError ? thrown : new CoreError(toProblem(thrown));
}
