/** Secrets at rest, the log, the clock that follows the database, and the program's version. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runCommandLine } from '../../src/cli/program.ts';
import { decimal } from '../../src/core/money.ts';
import { DatabaseClock } from '../../src/platform/database-clock.ts';
import { ExactNumber, parseExact, writeExact, writeExactPieces } from '../../src/platform/exact-json.ts';
import { amount } from '../../src/platform/fields.ts';
import { createLog } from '../../src/platform/log.ts';
import { PROJECT } from '../../src/platform/project.ts';
import { createSecrets, SecretsError } from '../../src/platform/secrets.ts';

const oldKey = Buffer.alloc(32, 1);
const newKey = Buffer.alloc(32, 2);
const owner = { organizationId: 'o', connectionId: 'c', purpose: 'refresh token' };

describe('JSON of a vendor', () => {
  it('keeps pairs and escaped backslashes, drops zero bytes, and replaces half pairs', () => {
    const text = String.raw`{"a\u0000b":"\ud83d\ude80 \\u0000 x\u0000y \ud800 \udc00z \\\u0000 \n"}`;
    expect(parseExact(text)).toEqual({ ab: '\u{1f680} \\u0000 xy \ufffd \ufffdz \\ \n' });
  });

  /** The slow and plain way: a reviver that sees the source of every number. */
  const slowly = (text: string): unknown =>
    (
      JSON.parse as (
        given: string,
        revive: (key: string, value: unknown, context: { source?: string }) => unknown,
      ) => unknown
    )(text, (_key, value, { source = '' }) =>
      typeof value === 'number' && (String(value) !== source || !Number.isSafeInteger(value))
        ? new ExactNumber(source)
        : value,
    );
  const outcome = (parse: (text: string) => unknown, text: string): unknown => {
    try {
      return { value: parse(text) };
    } catch (error) {
      return error instanceof SyntaxError ? 'no JSON' : error;
    }
  };
  const pieces = fc.oneof(
    fc.constantFrom(
      ...'{ } [ ] , : " \\ \\" "a" "a": "1.5" "__proto__": - + .'.split(' '),
      ...'0 -0 1 1.50 -0.10 1e3 1E+9 1. .5 01.5 --1.5 1.5.6 1.5e true null'.split(' '),
      ...'9007199254740991 9007199254740992 12345678901234567890 -9007199254740993 123456789012345'.split(' '),
      ' ',
      '\n',
    ),
    fc.double({ noDefaultInfinity: true, noNaN: true }).map(String),
  );

  it('is read like a reviver reads it that sees each number’s source, good or broken', () => {
    const same = (text: string): void => {
      expect(outcome(parseExact, text), text).toStrictEqual(outcome(slowly, text));
    };
    fc.assert(
      fc.property(
        fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join('')),
        same,
      ),
      { numRuns: 4_000 },
    );
    const numbers = fc.array(
      pieces.filter((one) => outcome(slowly, one) !== 'no JSON'),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(numbers, (all) => same(`{"a":[${all.join(' , ')}],"b\\\\":{"__proto__":${all.join(',"c":')}}}`)),
    );
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom(0, 1, '\t'), (text, space) => {
        if (!text.includes('\\u')) same(JSON.stringify(JSON.parse(text), null, space));
      }),
    );
    const broken = '{1.5:2}|{"a":1,1.5:2}|{"a":1, 1.5 :2}|[1.5"a"]|"a"1.5|1.5| -0 ||"\\|[1.5 2]';
    for (const text of broken.split('|')) same(text);
  });

  it('takes no number for an amount that no invoice could have', () => {
    const isAmount = (json: string): boolean => amount.read(parseExact(json)) !== undefined;
    expect(['1e999999', '-1e99', '1e-999999', `${'9'.repeat(60)}`, `0.${'1'.repeat(60)}`].map(isAmount)).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
    expect(['123456789012.3456', '0', '-0.01', '1e3', '"12.30"'].map(isAmount)).toEqual([true, true, true, true, true]);
  });
});

describe('secrets', () => {
  it('open for their owner, and look different every time', () => {
    const secrets = createSecrets([newKey]);
    const sealed = secrets.seal('Gehéim-42', owner);
    expect(secrets.open(sealed, owner)).toBe('Gehéim-42');
    expect(Buffer.from(sealed.split('.').at(-1) ?? '', 'base64url').toString()).not.toContain('Geh');
    expect(secrets.seal('Gehéim-42', owner)).not.toBe(sealed);
    expect(secrets.open(secrets.seal('', owner), owner)).toBe('');
  });

  it.each([
    ['organization', { ...owner, organizationId: 'p' }],
    ['connection', { ...owner, connectionId: 'd' }],
    ['purpose', { ...owner, purpose: 'access token' }],
  ])('stay shut for another %s', (_what, thief) => {
    const secrets = createSecrets([newKey]);
    expect(() => secrets.open(secrets.seal('x', owner), thief)).toThrow(SecretsError);
  });

  it('stay shut when a single character was altered, or the tag cut short', () => {
    const secrets = createSecrets([newKey]);
    const sealed = secrets.seal('a secret of some length', owner);
    const [version = '', id = '', nonce = '', tag = '', body = ''] = sealed.split('.');
    const flip = (text: string): string => `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`;
    const cut = Buffer.from(tag, 'base64url').subarray(0, 4).toString('base64url');
    for (const altered of [
      [version, id, flip(nonce), tag, body],
      [version, id, nonce, flip(tag), body],
      [version, id, nonce, tag, flip(body)],
      [version, id, nonce, cut, body],
      [version, id],
      ['plain text'],
    ])
      expect(() => secrets.open(altered.join('.'), owner)).toThrow(SecretsError);
  });

  it('move to a new key', () => {
    const sealed = createSecrets([oldKey]).seal('x', owner);
    expect(() => createSecrets([newKey]).open(sealed, owner)).toThrow(/another key.*LEDGERFERRY_SECRET_KEY/);
    const both = createSecrets([newKey, oldKey]);
    expect(both.open(sealed, owner)).toBe('x');
    const moved = both.reseal(sealed, owner) ?? '';
    expect(createSecrets([newKey]).open(moved, owner)).toBe('x');
    expect(both.reseal(moved, owner)).toBeNull();
  });
});

describe('exact JSON', () => {
  it('in pieces is the same text, amounts and ids of any size as they came', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const value = parseExact(text);
        expect([...writeExactPieces(value)].join('')).toBe(writeExact(value));
      }),
    );
    const document = { rows: [{ total: decimal('1.10'), at: new Date(0), gone: undefined }, null], more: { raw: [] } };
    expect([...writeExactPieces(document)].join('')).toBe(writeExact(document));
    const long = [
      ...writeExactPieces({ rows: Array.from({ length: 5_000 }, (_, id) => ({ id, text: 'x'.repeat(60) })) }),
    ];
    expect(long.length).toBeGreaterThan(3);
    expect(Math.max(...long.map((one) => one.length))).toBeLessThan(70_000);
  });
});

describe('the log', () => {
  const lines = (work: (log: ReturnType<typeof createLog>) => void, level = 'info'): string => {
    let text = '';
    work(createLog(level, { write: (line) => void (text += line) }));
    return text;
  };

  it('gives no secret away, by name or by form', () => {
    const text = lines((log) => {
      log.warn(
        { accessToken: 'hidden1', request: { headers: { authorization: 'hidden2' } }, password: 'hidden3' },
        'x',
      );
      log.warn({ error: 'connect postgresql://me:hidden4@db/x failed' }, 'smtps://me:hidden5@mail');
      log.warn('sent Authorization: Bearer hidden6.abc-def');
    });
    expect(text).not.toContain('hidden');
    expect(text).toContain('postgresql://me:[redacted]@db/x failed');
    expect(
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toHaveLength(3);
  });

  it('keeps the rest, and its level', () => {
    expect(lines((log) => log.info({ invoice: 7 }, 'at 10:30 see http://host:8787/x'))).toMatch(
      /"invoice":7,"msg":"at 10:30 see http:\/\/host:8787\/x"/,
    );
    expect(lines((log) => log.info('x'), 'warn')).toBe('');
  });
});

describe('the clock that follows the database', () => {
  it('runs by itself until it knows the database, then takes over its time', async () => {
    const clock = new DatabaseClock();
    const before = clock.now().getTime();
    await clock.follow();
    expect(clock.now().getTime() - before).toBeLessThan(1_000);
    clock.setAuthority(() => Promise.resolve(new Date('2030-01-01T00:00:00Z')));
    await clock.follow();
    const at = clock.now().getTime() - Date.parse('2030-01-01T00:00:00Z');
    expect(at).toBeGreaterThanOrEqual(0);
    expect(at).toBeLessThan(1_000);
  });

  it('looks again when a look took so long that it says little', async () => {
    const clock = new DatabaseClock();
    let looks = 0;
    clock.setAuthority(async () => {
      looks += 1;
      if (looks === 1) await new Promise((done) => setTimeout(done, 1_100));
      return new Date(looks * 1_000_000);
    });
    await clock.follow();
    expect(looks).toBe(2);
    expect(Math.floor(clock.now().getTime() / 1_000_000)).toBe(2);
  });
});

describe('--version', () => {
  it('is that of package.json, and no command', async () => {
    let told = '';
    const code = await runCommandLine(['--version'], { env: {}, out: (text) => (told += text), err: () => undefined });
    const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { version: string };
    expect([code, told]).toEqual([0, `${version}\n`]);
  });
});
