// The OpenFeature SDKs of JavaScript, as an application uses them: `node flags.mjs server|web`.
//
// Takes OFREP_URL and OFREP_KEY, reads commands as lines of JSON and answers each with one line.
// The web provider hears of changes when Node is started with --experimental-eventsource.
import { createInterface } from "node:readline";

const url = process.env.OFREP_URL;
const key = process.env.OFREP_KEY;
const options = { baseUrl: url, headers: [["Authorization", `Bearer ${key}`]] };
const ask = { boolean: "getBooleanDetails", string: "getStringDetails", number: "getNumberDetails", object: "getObjectDetails" };
let requests = 0;

function counting(request, given) {
  requests += 1;
  return fetch(request, given);
}

async function server() {
  const { OpenFeature } = await import("@openfeature/server-sdk");
  const { OFREPProvider } = await import("@openfeature/ofrep-provider");
  await OpenFeature.setProviderAndWait(new OFREPProvider(options));
  const client = OpenFeature.getClient();
  return { ask: ({ type, flag, otherwise, context }) => client[ask[type]](flag, otherwise, context ?? {}) };
}

async function web() {
  const { OpenFeature, ProviderEvents } = await import("@openfeature/web-sdk");
  const { OFREPWebProvider } = await import("@openfeature/ofrep-web-provider");
  const heard = [];
  const client = OpenFeature.getClient();
  for (const event of Object.values(ProviderEvents)) {
    client.addHandler(event, (details) => heard.push({ event, flagsChanged: details?.flagsChanged }));
  }
  return {
    async begin({ context }) {
      await OpenFeature.setContext(context);
      const provider = new OFREPWebProvider({ ...options, cacheMode: "disabled", fetchImplementation: counting });
      await OpenFeature.setProviderAndWait(provider);
      return { status: client.providerStatus };
    },
    async move({ context }) {
      await OpenFeature.setContext(context);
      return { status: client.providerStatus };
    },
    async ask({ type, flag, otherwise }) {
      return client[ask[type]](flag, otherwise);
    },
    async heard() {
      return { heard, requests, status: client.providerStatus };
    },
  };
}

const does = await { server, web }[process.argv[2]]();
console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  try {
    console.log(JSON.stringify(await does[command.do](command)));
  } catch (error) {
    console.log(JSON.stringify({ error: error.name, message: error.message, code: error.code }));
  }
}
process.exit(0);
