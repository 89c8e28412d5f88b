// What the core promises, without a browser: `node --test` runs it.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Consents } from "../src/core/consents.ts";
import { Door, Refused } from "../src/core/door.ts";
import { uuid7 } from "../src/core/ids.ts";
import { Leases } from "../src/core/leases.ts";
import { createFirstmile } from "../src/core/offering.ts";
import { Outgoing } from "../src/core/outgoing.ts";
import { eventsOf, listen, waitAfter } from "../src/core/stream.ts";
import { Tabs } from "../src/core/tabs.ts";

const SERVER = new URL("https://first.example/");

interface Asked {
  method: string;
  url: string;
  headers: Headers;
  body: unknown;
}

let asked: Asked[] = [];

/** Answers each request with the next of these. */
function answering(...answers: (Response | Error)[]): void {
  globalThis.fetch = async (url, init) => {
    const body = init?.body ? JSON.parse(String(init.body)) : null;
    asked.push({ method: init!.method!, url: String(url), headers: new Headers(init!.headers), body });
    const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
    if (answer instanceof Error) throw answer;
    return answer.clone();
  };
}

const problem = (status: number, error: string, more = {}) =>
  Response.json({ status, error, message: error, ...more }, { status });

beforeEach(() => {
  asked = [];
  const kept = new Map<string, string>();
  const sessionStorage = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => kept.set(name, value),
    removeItem: (name: string) => kept.delete(name),
  };
  Object.assign(globalThis, { sessionStorage, location: new URL("https://shop.example/orders") });
});

test("ids are versioned, unique, and sort by time", () => {
  const ids = [1_000, 2_000, 3_000_000_000_000].map((now) => uuid7(now));
  assert.deepEqual([...ids].sort(), ids);
  assert.match(ids[0]!, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(new Set(Array.from({ length: 1000 }, () => uuid7(1))).size, 1000);
});

test("a token goes along, and to another origin no cookie", async () => {
  answering(Response.json({}));
  await new Door(SERVER, () => Promise.resolve("t0ken"), "sdk_key").ask("GET", "/api/v1/embed/state");
  assert.equal(asked[0]!.headers.get("authorization"), "Bearer t0ken");
  assert.equal(asked[0]!.headers.get("x-firstmile-key"), "sdk_key");
});

test("what was agreed to in a page of another origin goes along, and is forgotten with it", async () => {
  const kept = new Map<string, string>();
  const localStorage = { getItem: (name: string) => kept.get(name) ?? null, setItem: (name: string, value: string) => kept.set(name, value) };
  Object.assign(globalThis, { localStorage });
  const [yes, no] = [{ receipt: "guidance.v-1.n-42" }, { receipt: "v-1" }];
  answering(Response.json(yes), Response.json({}), Response.json(no), Response.json({}));
  const door = new Door(SERVER, null, null);
  const consents = new Consents(door);
  for (const choices of [["guidance"], []]) {
    await consents.choose("1", choices);
    await door.ask("GET", "/api/v1/embed/state");
  }
  const told = asked.map(({ headers }) => headers.get("x-firstmile-consent"));
  assert.deepEqual(told, [null, yes.receipt, yes.receipt, no.receipt]);
});

test("a server below a path is asked below it", () => {
  const door = new Door(new URL("https://shop.example/first/"), null, null);
  assert.equal(door.url("/api/v1/consent").href, "https://shop.example/first/api/v1/consent");
});

test("after a 401 nothing is asked any more, until somebody is named", async () => {
  answering(problem(401, "unauthenticated"));
  const door = new Door(SERVER, "old", null);
  let told = 0;
  door.onUnknown = () => told++;
  await assert.rejects(door.ask("GET", "/x"), Refused);
  await assert.rejects(door.ask("GET", "/x"), Refused);
  assert.deepEqual([asked.length, told], [1, 1]);
  answering(Response.json({}));
  door.identify("new");
  await door.ask("GET", "/x");
  assert.equal(asked.length, 2);
});

test("what happened is told until the server has it, each time under the same id", async () => {
  answering(new TypeError("offline"), Response.json({}, { status: 202 }));
  const outgoing = new Outgoing(new Door(SERVER, null, null));
  outgoing.add({ key: "invite", version: 1, kind: "shown" });
  await outgoing.flush();
  assert.equal(outgoing.waiting, 1);
  await outgoing.flush();
  assert.equal(outgoing.waiting, 0);
  assert.deepEqual(asked[0]!.body, asked[1]!.body);
});

test("what was not told is told by the next page of the tab", async () => {
  answering(new TypeError("offline"));
  const first = new Outgoing(new Door(SERVER, null, null));
  first.add({ key: "invite", version: 1, kind: "shown" });
  await first.flush(true);
  answering(Response.json({}, { status: 202 }));
  const second = new Outgoing(new Door(SERVER, null, null));
  await second.flush();
  await first.flush();
  assert.deepEqual(asked[0]!.body, asked[1]!.body);
});

test("other tabs hear of what the server has, and nothing is told twice at once", async () => {
  answering(Response.json({}, { status: 202 }));
  const outgoing = new Outgoing(new Door(SERVER, null, null));
  const told: string[] = [];
  outgoing.onTold = (events) => told.push(...events.map((event) => event.kind));
  outgoing.add({ key: "invite", version: 1, kind: "shown" });
  outgoing.add({ key: "invite", version: 1, kind: "dismissed" });
  await Promise.all([outgoing.flush(), outgoing.flush()]);
  assert.deepEqual([told, asked.length], [["shown", "dismissed"], 1]);
});

test("what the server will never take is given up", async () => {
  answering(problem(422, "invalid"));
  const outgoing = new Outgoing(new Door(SERVER, null, null));
  outgoing.add({ key: "invite", version: 1, kind: "shown" });
  await outgoing.flush();
  assert.equal(outgoing.waiting, 0);
});

test("a lease is asked for once while it lasts, and a refusal says why", async () => {
  const lease = { lease: "l1", until: new Date(Date.now() + 60_000).toISOString() };
  answering(Response.json(lease));
  const leases = new Leases(new Door(SERVER, null, null), { session: async () => "s1" } as Tabs);
  assert.equal(((await leases.take({ key: "tour", version: 2 }, false)) as typeof lease).lease, "l1");
  await leases.take({ key: "tour", version: 2 }, false);
  assert.equal(asked.length, 1);
  assert.deepEqual(asked[0]!.body, { key: "tour", version: 2, session: "s1" });
  await leases.take({ key: "tour", version: 2 }, true);
  assert.equal(asked.length, 2, "what a visitor was given is asked for anew by who is known");
  leases.end("tour");
  answering(problem(409, "not_now", { details: { reason: "budget_day" } }));
  const refused = await leases.take({ key: "tour", version: 2 }, false);
  assert.deepEqual((refused as { details: object }).details, { reason: "budget_day" });
});

test("a stream is read in pieces, and heartbeats say nothing", async () => {
  const pieces = ["id: 7\nevent: sta", "te\ndata: {}\n\n: still", " here\n\nevent: other\ndata: 1\n\n"];
  const body = new ReadableStream({
    start(control) {
      for (const piece of pieces) control.enqueue(new TextEncoder().encode(piece));
      control.close();
    },
  });
  const heard = [];
  for await (const event of eventsOf(new Response(body))) heard.push(`${event.id}:${event.name}`);
  assert.deepEqual(heard, ["7:state", ":other"]);
});

test("a stream that is refused for good is not asked for again", async () => {
  answering(problem(401, "unauthenticated"));
  await listen(new Door(SERVER, "old", null), "/stream", () => {}, new AbortController().signal);
  assert.equal(asked.length, 1);
});

test("a stream that breaks is opened later each time, up to a minute", () => {
  const waits = [0, 1, 2, 20].map((failures) => waitAfter(failures, () => 1));
  assert.deepEqual(waits, [1_000, 2_000, 4_000, 60_000]);
});

test("on a server that renders pages nothing is asked", () => {
  answering(new Error("nobody should ask"));
  const client = createFirstmile({ server: SERVER });
  const leave = client.subscribe(() => assert.fail("nothing can change"));
  assert.equal(client.moment.phase, "waiting");
  leave();
  client.end();
  assert.equal(asked.length, 0);
});
