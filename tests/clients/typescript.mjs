// Connects with a TypeScript client: typescript.mjs sdk-1|sdk-2 URL. Prints one line of JSON: whether it got to the
// session, why not, and what it asked for.

import { execFileSync } from "node:child_process";

const [, , sdk, url] = process.argv;
const load = async () => {
  if (sdk === "sdk-2") return import("sdk-2");
  const [client, transport] = await Promise.all([import("sdk-1/client/index.js"), import("sdk-1/client/streamableHttp.js")]);
  return { ...client, ...transport };
};
const { Client, StreamableHTTPClientTransport } = await load();

const asked = [];
const recorded = async (input, init) => {
  const target = typeof input === "object" && "url" in input ? input.url : String(input);
  const method = init?.method ?? "GET";
  try {
    const response = await fetch(input, init);
    asked.push(`${method} ${target} ${response.status}`);
    return response;
  } catch (error) {
    asked.push(`${method} ${target} failed`);
    throw error;
  }
};

const kept = {};
let consent;
const provider = {
  redirectUrl: "http://127.0.0.1:8765/callback",
  clientMetadata: {
    client_name: `gatewalk drives ${sdk}`,
    redirect_uris: ["http://127.0.0.1:8765/callback"],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
  },
  clientInformation: () => kept.client,
  saveClientInformation: (client) => { kept.client = client; },
  tokens: () => kept.tokens,
  saveTokens: (tokens) => { kept.tokens = tokens; },
  codeVerifier: () => kept.verifier,
  saveCodeVerifier: (verifier) => { kept.verifier = verifier; },
  saveDiscoveryState: (state) => { kept.discovery = state; },
  discoveryState: () => kept.discovery,
  redirectToAuthorization: (to) => { consent = to; },
};

const connect = async () => {
  const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider: provider, fetch: recorded });
  const client = new Client({ name: "driven", version: "1" });
  try {
    await client.connect(transport);
    return { client, transport };
  } catch (error) {
    return { error, transport };
  }
};

const walk = async () => {
  const first = await connect();
  if (first.client) return first.client;
  if (!consent) throw first.error;
  asked.push(`GET ${consent} browser`);
  const callback = execFileSync("python3", [new URL("login.py", import.meta.url).pathname, String(consent)], {
    encoding: "utf8", stdio: ["ignore", "pipe", "pipe"],
  });
  const parameters = new URL(callback.trim()).searchParams;
  if (parameters.get("error")) throw new Error(`the callback says ${parameters.get("error")}`);
  await first.transport.finishAuth(sdk === "sdk-2" ? parameters : parameters.get("code"));
  const second = await connect();
  if (second.client) return second.client;
  throw second.error;
};

let told;
try {
  const client = await walk();
  await client.listTools();
  told = { reached: true };
} catch (error) {
  told = { reached: false, error: `${error?.name}: ${error?.message}`.split("\n")[0].slice(0, 300) };
}
console.log(JSON.stringify({ ...told, asked }));
process.exit(0);
