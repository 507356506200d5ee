// Starts both servers on free loopback ports and prints one JSON line with the MCP URL, then serves until killed.
// Arguments are public URLs of the MCP server, where it stands behind gateways: it is a resource of its own for each of them.
// ISSUER is another authorization server, in whose place none is started.
import { createServer } from 'node:http';
import { once } from 'node:events';
import express from 'express';
import { createRemoteJWKSet, exportJWK, generateKeyPair, jwtVerify } from 'jose';
import Provider, { errors } from 'oidc-provider';
import { z } from 'zod';
import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js';
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import { getOAuthProtectedResourceMetadataUrl, mcpAuthMetadataRouter } from '@modelcontextprotocol/sdk/server/auth/router.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

const SCOPE = 'mcp:tools';

// Ports first: each server publishes its own address.
async function reserve() {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, origin: `http://127.0.0.1:${server.address().port}` };
}

async function authorizationServer(resources) {
  const { server, origin } = await reserve();
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const key = { ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: 'peer' };
  const provider = new Provider(origin, {
    jwks: { keys: [key] },
    cookies: { keys: ['only-for-tests'] },
    scopes: ['openid', 'offline_access', SCOPE],
    pkce: { required: () => true },
    rotateRefreshToken: true,
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    features: {
      devInteractions: { enabled: true },
      registration: { enabled: true },
      registrationManagement: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        defaultResource: (_, __, one) => one,
        getResourceServerInfo(_, asked) {
          if (!resources.includes(asked)) throw new errors.InvalidTarget();
          return { audience: asked, scope: SCOPE, accessTokenFormat: 'jwt', accessTokenTTL: 300, jwt: { sign: { alg: 'RS256' } } };
        },
      },
    },
  });
  server.on('request', provider.callback());
  return origin;
}

function resourceServer(resource, metadata) {
  const keys = createRemoteJWKSet(new URL(metadata.jwks_uri));
  const verifier = {
    async verifyAccessToken(token) {
      const verified = await jwtVerify(token, keys, { issuer: metadata.issuer, audience: resource })
        .catch((cause) => { throw new InvalidTokenError(cause.message); });
      const { client_id: clientId, scope = '', exp: expiresAt } = verified.payload;
      return { token, clientId, scopes: scope.split(' '), expiresAt };
    },
  };
  const resourceServerUrl = new URL(resource);
  const app = express().use(express.json());
  app.use(mcpAuthMetadataRouter({ oauthMetadata: metadata, resourceServerUrl, scopesSupported: [SCOPE], resourceName: 'gatewalk test peer' }));
  app.use('/mcp', requireBearerAuth({
    verifier, requiredScopes: [SCOPE], resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(resourceServerUrl),
  }));
  app.post('/mcp', async (request, response) => {
    const server = new McpServer({ name: 'gatewalk-test-peer', version: '1.0.0' });
    server.registerTool('upper', { description: 'Upper case', inputSchema: { text: z.string() } },
      ({ text }) => ({ content: [{ type: 'text', text: text.toUpperCase() }] }));
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
    response.on('close', () => server.close());
    await server.connect(transport);
    await transport.handleRequest(request, response, request.body);
  });
  app.all('/mcp', (_, response) => response.set('Allow', 'POST').sendStatus(405));
  return app;
}

const rs = await reserve();
const [own, ...published] = [`${rs.origin}/mcp`, ...process.argv.slice(2)];
const issuer = process.env.ISSUER ?? await authorizationServer([own, ...published]);
const metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
const apps = new Map([own, ...published].map((resource) => [new URL(resource).host, resourceServer(resource, metadata)]));
rs.server.on('request', (request, response) => (apps.get(request.headers.host) ?? apps.get(new URL(own).host))(request, response));
console.log(JSON.stringify({ target: own }));
