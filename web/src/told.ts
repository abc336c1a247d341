/** The server's sentences as the desk writes dates and amounts. What they name stands in quotation marks and stays as it is. */
import { day } from './dates.ts';

const DATE = /\b(on|date|to|since|before) (\d{4}-\d{2}-\d{2})(?![\w:/-])/g;
/** An amount below zero; no number of an invoice has two decimals. */
const MINUS = /(^|[ (])-(?=\d+\.\d{2})/g;

/** `created on 2026-11-03` as `created on Nov 3, 2026`, `-260.20` with a true minus. The sentence itself is what the API compares. */
export const told = (text: string): string =>
  text
    .split(/(“[^”]*”)/)
    .map((part, index) =>
      index % 2 === 1
        ? part
        : part.replace(DATE, (_, word: string, date: string) => `${word} ${day(date)}`).replace(MINUS, '$1−'),
    )
    .join('');
