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

/** Addresses in the order in which they were given, each once, whatever case it was typed in; empty ones are left out. */
export const eachOnce = (all: readonly string[]): string[] => {
  const folded = all.map((one) => one.toLowerCase());
  return all.filter((one, at) => one !== '' && folded.indexOf(one.toLowerCase()) === at);
};

/** Who gets what the tools and the runs tell: the main address first, the standing ones, and those named for this once. */
export const reportAddresses = (
  settings: { readonly 'reports.mainAddress': string; readonly 'reports.to': readonly string[] },
  connectingAddress: string | null,
  others: readonly string[],
): string[] =>
  eachOnce([settings['reports.mainAddress'] || (connectingAddress ?? ''), ...settings['reports.to'], ...others]);

function asciiDomain(text: string): string | null {
  if (UNSAFE_DOMAIN.test(text)) return null;
  const ascii = URL.parse(`http://${text}/`)?.hostname ?? '';
  return DOMAIN.test(ascii) && !/(^|\.)\d+$/.test(ascii) ? ascii : null;
}
