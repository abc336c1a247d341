/** Mail addresses: one rule for settings, the terminal, the HTTP API and the envelope. */

// No percent or exclamation mark: old relays read routes into them. No quotes, comments or names: one plain address.
const LOCAL_PART = /^[A-Za-z0-9#$&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9#$&'*+/=?^_`{|}~-]+)*$/;
const DOMAIN = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;
const UNSAFE_DOMAIN = /[\s\p{C}\p{Z}\p{Default_Ignorable_Code_Point}<>()[\]\\,;:@"/?#%]/u;

/**
 * The one address that `text` is, ready for an envelope (a domain in another script in its ASCII form), or null: a list, a
 * name with an address, a quoted part, a control or hidden character, or anything else that is not one plain address.
 */
export function parseAddress(text: string): string | null {
  const at = text.indexOf('@');
  const local = text.slice(0, at);
  const domain = at < 0 ? null : asciiDomain(text.slice(at + 1));
  return domain !== null && local.length <= 64 && LOCAL_PART.test(local) ? `${local}@${domain}` : null;
}

function asciiDomain(text: string): string | null {
  if (UNSAFE_DOMAIN.test(text)) return null;
  const ascii = URL.parse(`http://${text}/`)?.hostname ?? '';
  return DOMAIN.test(ascii) && !/(^|\.)\d+$/.test(ascii) ? ascii : null;
}
