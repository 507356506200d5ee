// The authorization server of a pair, which the resource server asks about tokens.
import { WorkerEntrypoint } from 'cloudflare:workers';
import { OAuthAuthorizationServer } from '@cloudflare/workers-oauth-provider';
import { pages } from './pages.mjs';

const server = new OAuthAuthorizationServer({
  issuer: AUTHORIZATION,
  resources: [`${RESOURCE}/mcp`],
  clientRegistrationEndpoint: '/register',
  clientIdMetadataDocumentEnabled: true,
  scopesSupported: ['mcp:read', 'mcp:write', 'offline_access'],
});

export default class extends WorkerEntrypoint {
  async fetch(request) {
    return await pages(request, server.getOAuthApi(this.env)) ?? server.fetch(request, this.env, this.ctx);
  }

  validateToken(resource, token) {
    return server.validateToken(resource, token, this.env);
  }
}
