// What the library leaves to the application: who is there (alice, with the password pw), and may the client act for them.
import { AuthorizationError, CimdFetchError } from '@cloudflare/workers-oauth-provider';

const escaped = (text) => String(text).replace(/[&<>"']/g, (one) => `&#${one.codePointAt(0)};`);

function page(body, headers = new Headers({ 'Content-Security-Policy': "frame-ancestors 'none'", 'X-Frame-Options': 'DENY' })) {
  headers.set('Content-Type', 'text/html; charset=utf-8');
  return new Response(`<!doctype html><title>gatewalk test peer</title><form method="post">${body}</form>`, { headers });
}

const redirect = (headers) => new Response(null, { status: 302, headers });

const login = () => page('<input name="username"><input name="password" type="password"><button>Sign in</button>');

function signIn(form, url) {
  if (form.get('username') !== 'alice' || form.get('password') !== 'pw') return login();
  return redirect({ Location: url, 'Set-Cookie': 'user=alice; Path=/; HttpOnly; SameSite=Lax' });
}

async function consent(request, oauth) {
  const asked = await oauth.parseAuthRequest(request);
  if (!/\buser=alice\b/.test(request.headers.get('Cookie') ?? '')) return login();
  const { clientName, redirectHost, scope } = await oauth.describeConsent(asked);
  const { handle, headers } = await oauth.beginConsent(asked);
  const boxes = scope.map((one) => `<input type="checkbox" name="scope" value="${escaped(one)}" checked>${escaped(one)}`);
  return page(`<p>${escaped(clientName)} at ${escaped(redirectHost)} wants ${boxes.join(' ')}</p>
<input type="hidden" name="handle" value="${escaped(handle)}">
<button name="decision" value="approve">Allow</button><button name="decision" value="deny">Deny</button>`, headers);
}

async function decide(form, request, oauth) {
  const handle = String(form.get('handle'));
  if (form.get('decision') !== 'approve') return redirect((await oauth.denyConsent(request, handle)).headers);
  const { request: asked, headers } = await oauth.approveConsent(request, handle, { scope: form.getAll('scope') });
  const about = { request: asked, scope: asked.scope, userId: 'alice', metadata: {}, props: { user: 'alice' } };
  headers.set('Location', (await oauth.completeAuthorization(about)).redirectTo);
  return redirect(headers);
}

// The answer of the authorization endpoint; nothing where another one was asked.
export async function pages(request, oauth) {
  if (new URL(request.url).pathname !== '/authorize') return undefined;
  try {
    if (request.method === 'GET') return await consent(request, oauth);
    const form = await request.formData();
    return form.has('handle') ? await decide(form, request, oauth) : signIn(form, request.url);
  } catch (error) {
    if (error instanceof AuthorizationError && error.redirectTo) return redirect({ Location: error.redirectTo });
    if (error instanceof AuthorizationError) return new Response(error.description, { status: 400 });
    if (error instanceof CimdFetchError) return new Response(`This app could not be verified: ${error.reason}`, { status: 400 });
    throw error;
  }
}
