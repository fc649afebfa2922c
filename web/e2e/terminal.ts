import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PASSPHRASE } from "./people";
import { program, type Server } from "./server";

/** How a command ended. */
export interface Ended {
  exit: number;
  /** The document on standard output, if there is one. */
  says: unknown;
  /** Stable code of what went wrong. */
  problem: string | null;
}

/** Somebody without a browser: the program itself, on a profile of their own. */
export interface Terminal {
  name: string;
  run(...command: string[]): Promise<Ended>;
  /** What a command says that has to work. */
  ask<T>(...command: string[]): Promise<T>;
}

/** Signs up on the command line; everything of it is in `folder`. */
export async function terminal(
  folder: string,
  server: Server,
  invitation: string,
  name: string,
): Promise<Terminal> {
  const passphrase = join(folder, "passphrase.txt");
  await writeFile(passphrase, `${PASSPHRASE}\n`);
  const env = {
    ...process.env,
    STRONGROOM_HOME: join(folder, "profile"),
    STRONGROOM_PASSPHRASE_FILE: passphrase,
  };
  const run = (...command: string[]) =>
    new Promise<Ended>((resolve, reject) => {
      execFile(program(), ["--json", ...command], { env }, (error, stdout, stderr) => {
        const exit = error ? error.code : 0;
        if (typeof exit !== "number") {
          reject(new Error(`${command.join(" ")} could not be run`, { cause: error }));
          return;
        }
        const says: unknown = stdout === "" ? null : JSON.parse(stdout);
        const problem = /"code":\s*"(\w+)"/.exec(stderr)?.[1] ?? null;
        resolve({ exit, says, problem });
      });
    });
  const person: Terminal = {
    name,
    run,
    ask: async <T>(...command: string[]) => {
      const { exit, says, problem } = await run(...command);
      if (exit !== 0) throw new Error(`${command.join(" ")}: exit code ${exit}, ${problem}`);
      return says as T;
    },
  };
  const kit = ["--recovery-kit", join(folder, "kit.txt"), "--device-name", "terminal"];
  const ca = ["--ca", server.caFile];
  await person.ask("signup", server.url, "--code", invitation, "--name", name, ...ca, ...kit);
  return person;
}
