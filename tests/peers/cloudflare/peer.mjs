// Starts Cloudflare's OAuth provider library in workerd on free loopback ports and prints one JSON line with the MCP URLs:
// `one` is a Worker that is both servers, `two` the resource server of a pair. Serves until killed.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { build } from 'esbuild';
import { Miniflare } from 'miniflare';

// The ports first: each Worker publishes its own address.
async function reserve(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
}

const [entry, one, authorization, resource] = await reserve(4);
const origin = (port) => `http://127.0.0.1:${port}`;

async function worker(name, port, rest) {
  const { outputFiles: [{ text: script }] } = await build({
    entryPoints: [`${name}.mjs`], bundle: true, write: false, format: 'esm', conditions: ['workerd'], external: ['cloudflare:*', 'node:*'],
    define: { ONE: JSON.stringify(origin(one)), AUTHORIZATION: JSON.stringify(origin(authorization)), RESOURCE: JSON.stringify(origin(resource)) },
  });
  return {
    name, script, modules: true, compatibilityDate: '2026-04-26', compatibilityFlags: ['nodejs_compat', 'global_fetch_strictly_public'],
    unsafeDirectSockets: [{ host: '127.0.0.1', port }], ...rest,
  };
}

const workerd = new Miniflare({
  host: '127.0.0.1',
  port: entry,
  workers: [
    await worker('one', one, { kvNamespaces: { OAUTH_KV: 'one' } }),
    await worker('authorization', authorization, { kvNamespaces: { OAUTH_KV: 'two' } }),
    await worker('resource', resource, { serviceBindings: { AUTHORIZATION_SERVER: 'authorization' } }),
  ],
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => workerd.dispose().finally(() => process.exit()));
await workerd.ready;
console.log(JSON.stringify({ one: `${origin(one)}/mcp`, two: `${origin(resource)}/mcp` }));
