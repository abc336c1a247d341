/**
 * US companies store ISO-8859-1 only (facts/qbo.md section 2; inferred rule: transliterate or strip, else error 2040).
 * Kept here alone, so that a correction costs a line.
 */
const replacements: Readonly<Record<string, string>> = {
  '\t': ' ',
  '‘': "'",
  '’': "'",
  '‚': "'",
  '“': '"',
  '”': '"',
  '„': '"',
  '–': '-',
  '—': '-',
  '−': '-',
  '…': '...',
  '•': '*',
  '€': 'EUR',
  '™': '(TM)',
  Œ: 'OE',
  œ: 'oe',
  Ł: 'L',
  ł: 'l',
  Đ: 'D',
  đ: 'd',
  ı: 'i',
  Š: 'S',
  š: 's',
  Ž: 'Z',
  ž: 'z',
};

/** The text in Latin-1: accents that Latin-1 lacks are dropped, what has no likeness is left out. */
export function toLatin1(text: string): string {
  const composed = [...text.normalize('NFC')].map((character) => {
    if (isLatin1(character)) return character;
    return replacements[character] ?? [...character.normalize('NFKD')].filter((part) => isLatin1(part)).join('');
  });
  return composed.join('');
}

const isLatin1 = (character: string): boolean => {
  const code = character.codePointAt(0) ?? 0;
  return code === 10 || (code >= 32 && code < 127) || (code >= 160 && code <= 255);
};

/** Names may hold no colon, tab or newline (facts/qbo.md 3.5): a hyphen instead, before anything else is done to them. */
export const hyphenated = (name: string): string => name.replaceAll(/[:\t\r\n]/g, '-');

/** DisplayName: no colon, tab or newline (a hyphen instead), 100 characters (facts/mission.md A5.1). */
const NAME_MAX = 100;
export const displayName = (name: string, isUs: boolean): string =>
  [...(isUs ? toLatin1(hyphenated(name)) : hyphenated(name)).trim().replaceAll(/\s+/g, ' ')]
    .slice(0, NAME_MAX)
    .join('')
    .trim();
