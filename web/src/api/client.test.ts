import { afterEach, expect, it, vi } from "vitest";
import type { Asked } from "./addresses";
import { api } from "./client";

afterEach(() => vi.unstubAllGlobals());

/** A server that gives this answer, and what it was asked. */
function server(answer: () => Response) {
  const asked: Request[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    asked.push(request);
    return answer();
  });
  return asked;
}

const json = (status: number, type: string, body: unknown) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": type } });

it("asks this page's own server, without a cookie, and nobody else", async () => {
  const asked = server(() => json(200, "application/json", { setup_open: true, now_ms: 7 }));
  const { data, error } = await api.GET("/v1/server");
  expect(error).toBeUndefined();
  expect(data).toMatchObject({ setup_open: true, now_ms: 7 });
  const [{ url, method, credentials, redirect }] = asked as [Request];
  expect({ url, method }).toEqual({ url: `${location.origin}/v1/server`, method: "GET" });
  expect({ credentials, redirect }).toEqual({ credentials: "omit", redirect: "error" });
});

it("tells what the server says is wrong by its code", async () => {
  const said = { code: "unavailable", status: 503, title: "not now", retry_after_seconds: 5 };
  server(() => json(503, "application/problem+json", said));
  const { data, error, response } = await api.GET("/v1/server");
  expect(data).toBeUndefined();
  expect(error?.code).toBe("unavailable");
  expect(error?.retry_after_seconds).toBe(5);
  expect(response.status).toBe(503);
});

it("throws where there is no answer, and where it is of somebody in between", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no network")));
  await expect(api.GET("/v1/server")).rejects.toThrow("no network");
  server(() => new Response("<p>Sign in to this network", { headers: { "content-type": "text/html" } }));
  await expect(api.GET("/v1/server")).rejects.toThrow(SyntaxError);
});

it("knows no address and no answer that the document does not have", () => {
  // `tsc` fails where one of these is allowed; none of them is run.
  const never = () => [
    // @ts-expect-error no such address
    api.GET("/v1/servers"),
    // @ts-expect-error the address takes no such method
    api.PUT("/v1/server"),
    // @ts-expect-error no such field
    api.GET("/v1/server").then(({ data }) => data?.open),
    // @ts-expect-error parts are sent, not asked for
    "" as Asked<"get", "/v1/vaults/{vault}/uploads/{revision}/parts/{n}">,
  ];
  const link: Asked<"get", "/v1/links/{link}/content"> = "/v1/links/ab/content?grant=cd";
  expect(typeof never).toBe("function");
  expect(link).toContain("grant");
});
