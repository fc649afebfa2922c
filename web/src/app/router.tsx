import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  useLocation,
} from "@tanstack/react-router";
import { NotFound } from "./not-found";
import { PageFailure } from "./page-failure";
import { Shell } from "./shell";
import { RecordHistory } from "../records/record-history";
import { NewRecord, OpenRecord } from "../records/record-panel";
import { TablePage } from "../records/table-page";
import { TrashPanel } from "../records/trash-panel";
import { Presence } from "../account/presence";
import { SettingsPage } from "../settings/settings-page";
import { FirstTable, VaultPage } from "../vaults/vault-page";
import { MembersPage } from "../sharing/members-page";
import { PeoplePage } from "../sharing/people-page";
import { VaultListPage } from "../vaults/vault-list-page";
import { Gate } from "./gate";

const root = createRootRoute({
  component: Around,
  notFoundComponent: NotFound,
  errorComponent: PageFailure,
});

/** Who follows a link to a file needs no account, and gets no gate. */
function Around() {
  const isLink = useLocation({ select: ({ pathname }) => pathname.startsWith("/l/") });
  if (isLink) return <Outlet />;
  return (
    <>
      <Presence />
      <Gate>
        <Shell>
          <Outlet />
        </Shell>
      </Gate>
    </>
  );
}

const link = createRoute({
  getParentRoute: () => root,
  path: "/l/$link",
  component: lazyRouteComponent(() => import("../files/link-page")),
});
const home = createRoute({ getParentRoute: () => root, path: "/", component: VaultListPage });
const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  component: SettingsPage,
});
const account = createRoute({
  getParentRoute: () => root,
  path: "/account",
  component: lazyRouteComponent(() => import("../account/account-page"), "AccountPage"),
});

const people = createRoute({ getParentRoute: () => root, path: "/people", component: PeoplePage });

const administration = createRoute({
  getParentRoute: () => root,
  path: "/administration",
  component: lazyRouteComponent(() => import("../admin/administration-page")),
});

export const vaultRoute = createRoute({
  getParentRoute: () => root,
  path: "/vaults/$vault",
  component: VaultPage,
});
const firstTable = createRoute({
  getParentRoute: () => vaultRoute,
  path: "/",
  component: FirstTable,
});
const members = createRoute({
  getParentRoute: () => vaultRoute,
  path: "/members",
  component: MembersPage,
});

const exchange = createRoute({
  getParentRoute: () => vaultRoute,
  path: "/exchange",
  component: lazyRouteComponent(() => import("../exchange/exchange-page")),
});

const files = createRoute({
  getParentRoute: () => vaultRoute,
  path: "/files",
  component: lazyRouteComponent(() => import("../files/vault-files-page")),
});

// What is open beside the table is in the address; what is searched for is not: it can be as
// secret as the records, and addresses stay in the browser's history.
export const tableRoute = createRoute({
  getParentRoute: () => vaultRoute,
  path: "/table/$table",
  component: TablePage,
});
const newRecord = createRoute({
  getParentRoute: () => tableRoute,
  path: "/new",
  component: NewRecord,
});
export const recordRoute = createRoute({
  getParentRoute: () => tableRoute,
  path: "/record/$record",
  component: OpenRecord,
});
export const historyRoute = createRoute({
  getParentRoute: () => tableRoute,
  path: "/record/$record/history",
  component: RecordHistory,
});

const trash = createRoute({
  getParentRoute: () => tableRoute,
  path: "/trash",
  component: TrashPanel,
});

const tree = root.addChildren([
  home,
  link,
  settings,
  account,
  people,
  administration,
  vaultRoute.addChildren([
    firstTable,
    members,
    files,
    exchange,
    tableRoute.addChildren([newRecord, recordRoute, historyRoute, trash]),
  ]),
]);

/** The pages by their addresses. */
export const makeRouter = () => createRouter({ routeTree: tree, defaultPreload: false });

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
