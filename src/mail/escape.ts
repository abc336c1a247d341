/** Text made safe for where it goes: HTML, a header, a spreadsheet cell. */

export const html = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');

/** A header value: no line breaks or control characters, no direction or zero-width tricks, at most 200 characters. */
export const header = (text: string): string =>
  [...text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').replaceAll(/[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '')].slice(0, 200).join('').trim();

/**
 * A spreadsheet cell: what a spreadsheet would run as a formula is led by an apostrophe, also behind blanks and in
 * full-width form (facts/goals.md section 6); plain numbers, negative ones too, stay numbers.
 */
export const cell = (text: string): string => (/^[\s"'\u00a0]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text);
