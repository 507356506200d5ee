// The resource server of a pair.
import { OAuthResourceServer } from '@cloudflare/workers-oauth-provider';
import { serve } from './mcp.mjs';

export default new OAuthResourceServer({
  resourceMetadata: { resource: `${RESOURCE}/mcp`, authorization_servers: [AUTHORIZATION], resource_name: 'gatewalk test peer' },
  requiredScopes: ['mcp:read'],
  validateToken: (env) => env.AUTHORIZATION_SERVER.validateToken,
  handler: { fetch: (request, _, context) => serve(request, context) },
});
