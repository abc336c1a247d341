import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAddress } from './address.ts';

const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...' ,;:<>()[]\\"@%.\r\nab') }));

describe('an address', () => {
  it.each([
    ['owner@example.com', 'owner@example.com'],
    ['first.last+bills@mail.example.co.uk', 'first.last+bills@mail.example.co.uk'],
    ["o'neil@example.com", "o'neil@example.com"],
    ['Owner@Example.COM', 'Owner@example.com'],
    ['info@bücher.example', 'info@xn--bcher-kva.example'],
    ['ledgerferry@localhost', 'ledgerferry@localhost'],
  ])('%s is taken as %s', (text, address) => {
    expect(parseAddress(text)).toBe(address);
  });

  it.each([
    '',
    '@',
    'owner',
    'owner@',
    '@example.com',
    'a@example.com,b@example.com',
    'a@example.com;b@example.com',
    'a@example.com b@example.com',
    'a@example.com\r\nBcc: b@example.com',
    'a@example.com\nRCPT TO:<b@example.com>',
    'Owner <owner@example.com>',
    '<owner@example.com>',
    '"owner"@example.com',
    '"a@b"@example.com',
    'a(comment)@example.com',
    'b%example.net@example.com',
    'example.net!b@example.com',
    '@relay.example:owner@example.com',
    'a@b@example.com',
    '.a@example.com',
    'a..b@example.com',
    'a@-example.com',
    'a@example..com',
    'a@example.com.',
    'a@example.com/x',
    'a@example.com:25',
    'a@user@example.com',
    'a@[127.0.0.1]',
    'a@127.0.0.1',
    'a@0x7f.1',
    'a\u200b@example.com',
    'a\u202e@example.com',
    'a@exam\u200bple.com',
    'a@exam\u202eple.com',
    'ａ@example.com',
    'a @example.com',
    ' a@example.com',
    'a@example.com\u0000',
    `${'a'.repeat(65)}@example.com`,
  ])('%j is refused', (text) => {
    expect(parseAddress(text)).toBeNull();
  });

  it('is one plain ASCII address or nothing, whatever comes', () => {
    fc.assert(
      fc.property(text, text, (local, domain) => {
        const address = parseAddress(`${local}@${domain}`) ?? parseAddress(`a${local}@${domain}.com`) ?? 'a@b';
        expect(address).toMatch(/^[!-~]+$/);
        expect(address).not.toMatch(/[\s,;:<>()[\]\\"%]|@.*@/);
      }),
      { numRuns: 1_000 },
    );
  });
});
