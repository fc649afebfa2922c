import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { CoreContext } from "./app/core-context";
import { makeQueryClient } from "./app/queries";
import { makeRouter } from "./app/router";
import { applyTheme } from "./app/theme";
import { startCore } from "./core/client";
import { LanguageProvider } from "./i18n/provider";
import { keepRelease } from "./offline/release";
import { ReleaseBar } from "./offline/release-bar";
import { takeInvitation } from "./sharing/invitation-link";
import "./style/index.css";

applyTheme();
takeInvitation();
// The core loads beside the page: whoever types a passphrase does not wait for it.
const core = startCore();
const queries = makeQueryClient();
const router = makeRouter();
const place = document.getElementById("root");
if (!place) throw new Error("the page lacks its root");

createRoot(place).render(
  <StrictMode>
    <LanguageProvider>
      <CoreContext value={core}>
        <QueryClientProvider client={queries}>
          <ReleaseBar />
          <RouterProvider router={router} />
        </QueryClientProvider>
      </CoreContext>
    </LanguageProvider>
  </StrictMode>,
);

// After the page: its first load is not to wait for the copy that the worker keeps.
window.addEventListener("load", () => void keepRelease());
