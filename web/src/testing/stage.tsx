import { QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { IntlProvider } from "react-intl";
import { CoreContext } from "../app/core-context";
import { makeQueryClient } from "../app/queries";
import type { CoreMethods, MethodName, Status } from "../core/api";
import type { Core } from "../core/client";
import { CoreError } from "../core/problem";
import en from "../i18n/en.json";

/** A browser that knows nobody, on a server that is set up and answers. */
export const nobody: Status = {
  tenant: null,
  needs_setup: false,
  device_known: false,
  signed_in: false,
  name: null,
  recovery_confirmed: null,
  passkeys: 0,
  renewal_waits: false,
  server_answers: true,
};
/** Anna's browser, which she has not opened. */
export const known: Status = { ...nobody, tenant: "t", device_known: true, name: "anna" };
/** The same with her in it, and her kit proven. */
export const signedIn: Status = { ...known, signed_in: true, recovery_confirmed: true };

/** A refusal of the core. */
export const problem = (code: string, exit = 4) => new CoreError({ code, exit, message: code });

type Answers = {
  [M in MethodName]?: (
    args: CoreMethods[M]["takes"],
  ) => CoreMethods[M]["answers"] | CoreError;
};

/** A core that answers as a test says; what is not said fails the call. Notes every call. */
export function coreDouble(answers: Answers) {
  const calls: Array<{ method: MethodName; args: unknown }> = [];
  const core: Core = {
    call: (method, args) => {
      calls.push({ method, args });
      const answer = answers[method]?.(args);
      if (answer === undefined) {
        return Promise.reject(new CoreError({ code: "usage", message: method, exit: 2 }));
      }
      return answer instanceof CoreError ? Promise.reject(answer) : Promise.resolve(answer);
    },
    listen: () => () => {},
  };
  return { core, calls };
}

/** Renders a part of the page in English, over a core. */
export function onStage(part: ReactNode, core: Core = coreDouble({}).core) {
  return render(
    <IntlProvider
      locale="en"
      messages={en}
      onError={(error) => {
        throw error;
      }}
    >
      <CoreContext value={core}>
        <QueryClientProvider client={makeQueryClient()}>{part}</QueryClientProvider>
      </CoreContext>
    </IntlProvider>,
  );
}
