/** Signing in by authorization code with PKCE, as RFC 8252 and 9700 have it; the tokens are this tab's. */
const config = await (await fetch('/sign-in.json')).json();
const encoded = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
const random = () => encoded(crypto.getRandomValues(new Uint8Array(32)));
const back = `${location.origin}/signed-in`;

export async function signIn() {
  const [verifier, state] = [random(), random()];
  sessionStorage.setItem('sign-in', JSON.stringify({ verifier, state }));
  const challenge = encoded(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)));
  const query = new URLSearchParams({
    client_id: config.client,
    response_type: 'code',
    scope: config.scope,
    redirect_uri: back,
    state,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  location.assign(`${config.issuer}/oauth2/authorize?${query}`);
}

async function askTokens(fields) {
  const answer = await fetch(`${config.issuer}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: config.client, ...fields }),
  });
  if (!answer.ok) throw new Error('the sign-in was refused; begin again');
  const tokens = await answer.json();
  sessionStorage.setItem('tokens', JSON.stringify({ ...tokens, until: Date.now() + (tokens.expires_in - 30) * 1000 }));
}

/** Ends a sign-in with what the address says. */
export async function finishSignIn() {
  const given = new URLSearchParams(location.search);
  const { verifier, state } = JSON.parse(sessionStorage.getItem('sign-in') ?? '{}');
  sessionStorage.removeItem('sign-in');
  if (!state || given.get('state') !== state) throw new Error('this is not the sign-in that began here; begin again');
  await askTokens({
    grant_type: 'authorization_code',
    code: given.get('code') ?? '',
    redirect_uri: back,
    code_verifier: verifier,
  });
}

/** The access token, a fresh one where it would expire; undefined for who is not signed in. */
export async function accessToken() {
  const tokens = JSON.parse(sessionStorage.getItem('tokens') ?? 'null');
  if (!tokens) return undefined;
  if (tokens.until > Date.now()) return tokens.access_token;
  sessionStorage.removeItem('tokens');
  await askTokens({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token });
  return accessToken();
}

export function signOut() {
  const { id_token } = JSON.parse(sessionStorage.getItem('tokens') ?? '{}');
  sessionStorage.clear();
  const query = new URLSearchParams({ id_token_hint: id_token ?? '', post_logout_redirect_uri: `${location.origin}/` });
  location.assign(`${config.issuer}/logout?${query}`);
}
