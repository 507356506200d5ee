// The MCP server behind the library's look at the token. What writes needs a scope more than what reads.
import { insufficientScope } from '@cloudflare/workers-oauth-provider';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import { z } from 'zod';

async function needed(request) {
  const { method, params } = await request.clone().json().catch(() => ({}));
  return method === 'tools/call' && params?.name === 'store' ? ['mcp:read', 'mcp:write'] : ['mcp:read'];
}

export async function serve(request, context) {
  if (request.method !== 'POST') return new Response(null, { status: 405, headers: { Allow: 'POST' } });
  const scopes = await needed(request);
  if (!scopes.every((scope) => context.auth.scope.includes(scope))) return insufficientScope(context.auth, scopes);
  const server = new McpServer({ name: 'gatewalk-test-peer', version: '1.0.0' });
  server.registerTool('upper', { description: 'Upper case', inputSchema: { text: z.string() } },
    ({ text }) => ({ content: [{ type: 'text', text: text.toUpperCase() }] }));
  server.registerTool('store', { description: 'Stores nothing' }, () => ({ content: [{ type: 'text', text: 'stored' }] }));
  const transport = new WebStandardStreamableHTTPServerTransport({ sessionIdGenerator: undefined, enableJsonResponse: true });
  await server.connect(transport);
  return transport.handleRequest(request);
}
