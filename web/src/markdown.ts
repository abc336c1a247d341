/** The user's pages are Markdown; here they become HTML that can hold nothing but text, structure and safe links. */
import { Marked, type Tokens } from 'marked';

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** A place on a page, as its heading is named: `invoices.maxAgeDays`, `number-in-use`, `Custom numbers`. */
const placeOf = (heading: string): string => heading.trim().replaceAll(/\s+/g, '-');

/** Our own pages are `settings.md#invoices.maxAgeDays`; anything else must be https. Null: no link. */
export function addressOf(href: string): string | null {
  const page = /^([a-z-]+)\.md(#.*)?$/.exec(href);
  if (page !== null) return `/help/${page[1] ?? 'index'}${page[2] ?? ''}`;
  return /^https:\/\//.test(href) ? href : href.startsWith('#') ? href : null;
}

/** A word in code letters that names a topic leads to it (the list on the first page does so). */
const topicName = /^[a-z]+(-[a-z]+)*$/;

const marked = new Marked({
  renderer: {
    html: ({ text }: Tokens.HTML | Tokens.Tag) => escaped(text),
    image: ({ text }) => escaped(text),
    heading({ tokens, depth, text }) {
      const inner = this.parser.parseInline(tokens);
      return depth === 1 ? '' : `<h${String(depth)} id="${escaped(placeOf(text))}">${inner}</h${String(depth)}>`;
    },
    link({ href, tokens }) {
      const inner = this.parser.parseInline(tokens);
      const address = addressOf(href);
      if (address === null) return inner;
      const away = address.startsWith('https:') ? ' target="_blank" rel="noreferrer"' : '';
      return `<a href="${escaped(address)}"${away}>${inner}</a>`;
    },
    table({ header, rows }) {
      const cells = (tag: 'th' | 'td', row: Tokens.TableCell[]): string =>
        row.map((cell) => `<${tag}>${this.parser.parseInline(cell.tokens)}</${tag}>`).join('');
      const first = (row: Tokens.TableCell[]): string => row[0]?.text.replaceAll('`', '') ?? '';
      const body = rows.map((row) => {
        const [one, ...rest] = row;
        const topic = first(row);
        const isTopic = header[0]?.text === 'topic' && topicName.test(topic) && one !== undefined;
        return isTopic
          ? `<tr><td><a href="/help/${topic}">${escaped(topic)}</a></td>${cells('td', rest)}</tr>`
          : `<tr>${cells('td', row)}</tr>`;
      });
      return `<div class="lf-scroll" tabindex="0"><table><thead><tr>${cells('th', header)}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
    },
  },
});

/** Safe to set as HTML: raw HTML is escaped, images are their words, links lead to our pages or to https. */
export const readable = (text: string): string => marked.parse(text, { async: false });

/** The page's own title, or its name. */
export const titleOf = (text: string, name: string): string => /^#{1,2} (.+)$/m.exec(text)?.[1]?.trim() ?? name;

/** Where a page speaks of something, with a few words on both sides; null where it does not. */
export function whereIn(text: string, asked: string): { before: string; hit: string; after: string } | null {
  const plain = text.replaceAll(/[`*#|]|\]\([^)]*\)|\[/g, '').replaceAll(/\s+/g, ' ');
  const at = plain.toLowerCase().indexOf(asked.toLowerCase());
  if (at < 0) return null;
  const end = at + asked.length;
  return {
    before: plain.slice(Math.max(0, at - 60), at),
    hit: plain.slice(at, end),
    after: plain.slice(end, end + 90),
  };
}
