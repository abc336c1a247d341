/** What people type, checked: each refusal says what is wrong and what is allowed. */
import { parseAddress } from '../core/address.ts';
import { isCalendarDate } from '../core/dates.ts';
import { WrongUse } from '../engine/requests.ts';

export const WAIT_SECONDS = 600;

/** `A,B` as single addresses. @throws WrongUse */
export function addresses(text: string | undefined): string[] {
  const all = (text ?? '')
    .split(/[,;]/)
    .map((one) => one.trim())
    .filter((one) => one !== '');
  const wrong = all.find((one) => parseAddress(one) === null);
  if (wrong !== undefined) throw new WrongUse(`"${wrong}" is not an e-mail address.`);
  return all;
}

/** An Autotask invoice id. @throws WrongUse */
export function invoiceId(text: string | undefined): number {
  const id = Number(text);
  if (text === undefined || !/^[1-9]\d{0,14}$/.test(text) || !Number.isSafeInteger(id))
    throw new WrongUse(
      `"${text ?? ''}" is not an Autotask invoice id: it is a whole number (the id, not the invoice number).`,
    );
  return id;
}

/** Several ids, at least one. @throws WrongUse */
export function invoiceIds(texts: readonly string[]): number[] {
  if (texts.length === 0) throw new WrongUse('Say which: one Autotask invoice id or several.');
  return texts.map(invoiceId);
}

/** Seconds to wait for a busy connection, as milliseconds. @throws WrongUse */
export function waitMs(text: string | undefined): number {
  if (text === undefined) return WAIT_SECONDS * 1_000;
  if (!/^\d{1,6}$/.test(text)) throw new WrongUse(`--wait takes seconds, not "${text}".`);
  return Number(text) * 1_000;
}

/** A calendar date. @throws WrongUse */
export function calendarDate(text: string | undefined, option: string): string | undefined {
  if (text === undefined) return undefined;
  if (!isCalendarDate(text)) throw new WrongUse(`${option} takes a date such as 2026-03-31, not "${text}".`);
  return text;
}

/** QuickBooks' id of an invoice: digits. @throws WrongUse */
export function quickbooksId(text: string): string {
  if (!/^\d{1,19}$/.test(text))
    throw new WrongUse(
      `"${text}" is not a QuickBooks id. It is a number, and stands in the address of the invoice's page, after txnId=.`,
    );
  return text;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Which command lists the ids. */
const lists = { run: 'runs list', error: 'errors list --all', mail: 'outbox list' } as const;

/** An id as it stands in a list. @throws WrongUse */
export function idOf(text: string | undefined, what: keyof typeof lists): string {
  if (text === undefined || !UUID.test(text))
    throw new WrongUse(
      `"${text ?? ''}" is not the id of ${/^[aeiou]/.test(what) ? 'an' : 'a'} ${what}; ids stand in: ledgerferry ${lists[what]}`,
    );
  return text;
}

/** The field of the billing code that is matched. @throws WrongUse */
export function matchBy(text: string | undefined): 'name' | 'external-number' | 'id' | undefined {
  if (text === undefined || text === 'name' || text === 'external-number' || text === 'id') return text;
  throw new WrongUse(`--match-by takes name, external-number or id, not "${text}".`);
}
