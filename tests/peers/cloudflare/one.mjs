// One Worker that is the authorization server and its only resource.
import { OAuthProvider } from '@cloudflare/workers-oauth-provider';
import { serve } from './mcp.mjs';
import { pages } from './pages.mjs';

export default new OAuthProvider({
  apiRoute: '/mcp',
  apiHandler: { fetch: (request, _, context) => serve(request, context) },
  defaultHandler: {
    fetch: async (request, env) => await pages(request, env.OAUTH_PROVIDER) ?? new Response('no such page', { status: 404 }),
  },
  authorizeEndpoint: '/authorize',
  tokenEndpoint: '/token',
  clientRegistrationEndpoint: '/register',
  clientIdMetadataDocumentEnabled: true,
  scopesSupported: ['mcp:read', 'mcp:write', 'offline_access'],
  requiredScopes: ['mcp:read'],
  resourceMetadata: { resource: `${ONE}/mcp`, authorization_servers: [ONE], resource_name: 'gatewalk test peer' },
});
