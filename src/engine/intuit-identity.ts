/** Who somebody is at Intuit (OpenID): for signing in, with no right to any company's books. */
import { authorizeUrl, exchangeCode, fetchVerifiedEmail, revoke } from '../quickbooks/oauth.ts';
import { callbackUri, oauthApp } from './connecting.ts';
import type { Services } from './services.ts';

/** Offered only where an app of ours at Intuit is known. */
export const knowsIntuit = ({ config }: Services): boolean =>
  config.intuitClientId !== '' && config.intuitClientSecret !== '';

/** Where the person says at Intuit who they are; the answer comes to the same address as a connection's. */
export async function identityUrl(services: Services, state: string): Promise<string> {
  const { discovery, clientId } = await oauthApp(services);
  return authorizeUrl(discovery, {
    clientId,
    redirectUri: callbackUri(services),
    state,
    scopes: 'openid email profile',
  });
}

/** The address that Intuit has verified for whoever brought this code; null when it vouches for none. Keeps no token. */
export async function identityOf(services: Services, code: string): Promise<string | null> {
  const app = await oauthApp(services);
  const tokens = await exchangeCode(app, { code, redirectUri: callbackUri(services) });
  const email = await fetchVerifiedEmail(app, tokens.accessToken);
  await revoke(app, tokens.refreshToken).catch(() => undefined);
  return email;
}
