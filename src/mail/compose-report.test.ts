import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildReport } from '../core/report.ts';
import { composeErrorAlert, composeReadyList, type Alert, type ReadyRow } from './compose-lists.ts';
import { composeRunReport } from './compose-report.ts';
import type { Mail } from './mail.ts';
import {
  hostileReport,
  hostileText,
  longReport,
  place,
  runFacts,
  sampleRow,
  smallReport,
} from './testing/sample-report.ts';

/** The tags and attribute names of a page in their order: what a browser would build from it. */
function structureOf(page: string): string[] {
  const outline: string[] = [];
  for (const [, tag = '', attributes = ''] of page.matchAll(/<([!/]?[a-z0-9]+)((?:\s+[a-z-]+(?:="[^"<>]*")?)*)\s*>/g)) {
    outline.push(tag, ...[...attributes.matchAll(/\s([a-z-]+)(?:="[^"]*")?/g)].map(([, name = '']) => `@${name}`));
  }
  return outline;
}

/** Whatever in a page is neither a well-formed tag nor text without mark-up. */
const leftOver = (page: string): string =>
  page.replaceAll(/<([!/]?[a-z0-9]+)((?:\s+[a-z-]+(?:="[^"<>]*")?)*)\s*>/g, '');

const filler = 'Acme';
const alertOf = (text: string): Alert => ({
  text,
  remedy: text,
  who: 'admin',
  at: '2026-11-24T11:57:39.411Z',
  autotaskInvoiceId: 1,
  reference: text,
  occurrences: 2,
  since: text,
});
const readyOf = (text: string): ReadyRow => ({
  autotaskInvoiceId: 1,
  invoiceNumber: text,
  company: text,
  total: text,
  ready: false,
  reasons: [{ text }],
  invoiceDate: null,
  createdAt: null,
  processedAt: null,
});

const mailsOf = (text: string): Mail[] => [
  composeRunReport(hostileReport(text), { connectionName: text, publicUrl: null }),
  composeRunReport({ ...hostileReport(text), kind: 'manual-copy' }, { connectionName: text, publicUrl: null }),
  composeReadyList([readyOf(text)], text),
  composeErrorAlert([alertOf(text), alertOf(text)], { connectionName: text, publicUrl: null }),
];

describe('every mail', () => {
  it('keeps its structure whatever a name holds: no tag, no attribute more', () => {
    const expected = mailsOf(filler).map((mail) => structureOf(mail.html));
    fc.assert(
      fc.property(
        hostileText().filter((text) => /[\p{L}\p{N}]/u.test(text)),
        (text) => {
          const mails = mailsOf(text);
          for (const mail of mails) expect(leftOver(mail.html)).not.toMatch(/[<>]/);
          // Two obstacles with other words stay two; totals with two currencies stay two.
          expect(mails.map((mail) => structureOf(mail.html))).toEqual(expected);
        },
      ),
      { numRuns: 600 },
    );
  });

  it('has a subject of one line in which everything can be seen', () => {
    fc.assert(
      fc.property(hostileText(), (text) => {
        for (const { subject } of mailsOf(text)) {
          expect(subject).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069\u200b\ufeff]/u);
          expect([...subject].length).toBeLessThanOrEqual(200);
        }
      }),
      { numRuns: 600 },
    );
  });

  it('loads nothing from anywhere, runs nothing, and is the same when composed again', () => {
    for (const mail of mailsOf(filler))
      expect(mail.html).not.toMatch(/<(script|img|link|iframe|style|form|object)|url\(|src=|http/i);
    expect(composeRunReport(smallReport, place)).toEqual(composeRunReport(smallReport, place));
  });

  it('leads to the desk where that has an address', () => {
    expect(composeRunReport(smallReport, place).html).toContain('<a href="https://ferry.example.com/"');
    expect(composeRunReport(smallReport, { ...place, publicUrl: 'javascript:alert(1)' }).html).not.toContain('<a ');
  });
});

describe('the report of a run', () => {
  const mail = composeRunReport(smallReport, place);

  it('says in its subject what there is to know', () => {
    expect(mail.kind).toBe('run-report');
    expect(mail.subject).toBe('Northwind MSP: 2 invoices are in QuickBooks, 2 wait for you, 1 goes later by itself.');
  });

  it('shows in HTML, text and CSV the same invoices, amounts and obstacles', () => {
    const csv = mail.attachments[0]?.content ?? '';
    const plain = mail.html.replaceAll('&amp;', '&');
    for (const part of [plain, mail.text, csv]) {
      for (const fact of [
        '48210',
        'INV-20331',
        'Adventure Works Cycles',
        '1042',
        '1234.10',
        '12.40',
        '日本電気株式会社',
        '-12.30',
        'needs you',
        'Fabrikam Residences & Sons',
        'customers.whenMissing=create',
      ]) {
        expect(part.replaceAll(/\s+/g, ' ')).toContain(fact);
      }
    }
    for (const part of [plain, mail.text]) expect(part).toMatch(/20\.50 CAD|CAD +20\.50/);
  });

  it('marks a total that differs, and no other', () => {
    const differs = buildReport(runFacts, [
      sampleRow(),
      sampleRow({ total: '10.0000', quickbooksTotal: '10.00' }),
      sampleRow({ quickbooksTotal: '1234.11' }),
    ]);
    const { html } = composeRunReport(differs, place);
    expect(html.match(/<strong style="color:#8a4b08">[^<]*/g)).toEqual(['<strong style="color:#8a4b08">1234.11']);
  });

  it('says why a run stopped', () => {
    const stopped = buildReport({ ...runFacts, failure: 'QuickBooks refused the credentials.' }, []);
    expect(composeRunReport(stopped, place).subject).toBe(
      'Northwind MSP: No new invoice went to QuickBooks, the run stopped: QuickBooks refused the credentials.',
    );
  });

  it('of 10,000 invoices lists every obstacle and 200 invoices; the CSV has all', () => {
    const long = composeRunReport(longReport(10_000), place);
    expect(long.html.match(/What is in the way/g)?.length).toBe(1);
    expect(long.html.match(/whenMissing=create/g)?.length).toBe(50);
    expect(long.html.match(/>INV-20331</g)?.length).toBe(200);
    expect(long.html).toContain('The first 200 of 10000 invoices are listed here; the attached CSV has all of them.');
    expect(long.attachments[0]?.content.match(/INV-20331/g)?.length).toBe(10_000);
  });
});

describe('the result of a manual copy', () => {
  const run = { ...runFacts, kind: 'manual-copy' };

  it('says that it was made, with the invoice’s details', () => {
    const mail = composeRunReport(
      buildReport(run, [sampleRow({ isNew: false }), sampleRow({ copyNumber: 1, quickbooksNumber: '1099' })]),
      place,
    );
    expect(mail.kind).toBe('copy-result');
    expect(mail.subject).toBe('Northwind MSP: Invoice 48210 is now in QuickBooks as 1099.');
    for (const part of [mail.text, mail.html]) {
      for (const fact of ['48210/1', '1099', '1234.10 USD', 'Adventure Works Cycles', '2026-11-23'])
        expect(part.replaceAll(/\s+/g, ' ')).toContain(fact);
    }
    expect(mail.attachments.length).toBe(1);
  });

  it('says that it was not made, and why', () => {
    const [, , , parked] = smallReport.rows;
    const mail = composeRunReport(buildReport(run, parked === undefined ? [] : [parked]), place);
    expect(mail.subject).toBe('Northwind MSP: A copy of invoice 48213 was not made.');
    expect(mail.text).toContain('Message               QuickBooks has no customer “Fabrikam Residences & Sons”.');
    expect(mail.text).toContain('What to do            Create the customer there');
  });

  it('claims nothing while the outcome is unknown, or when the run stopped', () => {
    const doubt = buildReport(run, [sampleRow({ state: 'verifying', isNew: false })]);
    expect(composeRunReport(doubt, place).subject).toContain('is being looked up');
    const stopped = composeRunReport(buildReport({ ...run, failure: 'Autotask cannot be reached' }, []), place);
    expect(stopped.subject).toBe('Northwind MSP: The copy was not made.');
    expect(stopped.text).toContain('Autotask cannot be reached');
    expect(stopped.html).toContain('Autotask cannot be reached');
  });
});

describe('the smaller mails', () => {
  it('lists what would go and what keeps the others out', () => {
    const rows: ReadyRow[] = [
      {
        ...readyOf(''),
        autotaskInvoiceId: 1,
        invoiceNumber: 'A-1',
        company: 'Acme',
        total: '12.3',
        ready: true,
        reasons: [],
        invoiceDate: '2026-03-01',
        createdAt: '2026-03-02T08:00:00.000Z',
      },
      {
        ...readyOf(''),
        autotaskInvoiceId: 2,
        invoiceNumber: '',
        company: 'Beta',
        total: '7',
        ready: false,
        reasons: [{ text: 'It is on hold.' }],
      },
    ];
    const there = {
      ...readyOf('3.005'),
      reasons: [{ code: 'already-in-quickbooks', text: 'It is in QuickBooks as 7.' }],
    };
    expect(composeReadyList([...rows, there], 'X').text).toMatch(
      /^1 of 3 invoices .* is ready for QuickBooks, 1 is there already\.\n[^]* 3\.01 {2}in QuickBooks\n {4}It is in QuickBooks as 7\.$/m,
    );
    const mail = composeReadyList(rows, 'Northwind MSP');
    expect(mail.subject).toBe('Northwind MSP: 1 of 2 invoices in the window is ready for QuickBooks.');
    expect(mail.text).toMatch(/^2 +Beta +7\.00 {2}not ready\n {4}It is on hold\.$/m);
    expect(mail.html).toContain('It is on hold.');
    expect(mail.attachments[0]?.content).toContain('1,A-1,Acme,12.30,ready,,2026-03-01,2026-03-02T08:00:00.000Z,\r\n');
    expect(composeReadyList([], 'X').text).toBe('No invoice is in the window.\n');
  });

  it('cuts a long list in the mail, not in the CSV', () => {
    const mail = composeReadyList(
      Array.from({ length: 500 }, (_, at) => ({ ...readyOf('x'), autotaskInvoiceId: at })),
      'X',
    );
    expect(mail.html).toContain('The first 200 of 500');
    expect(mail.text).toContain('The first 200 of 500');
    expect(mail.attachments[0]?.content.trim().split('\r\n').length).toBe(501);
  });

  it('says in an alert what, where, how to mend it and the vendor’s reference', () => {
    const alert: Alert = {
      text: 'QuickBooks refused it.',
      remedy: 'Connect again.',
      who: 'admin',
      at: '2026-11-24T11:57:39.411Z',
      autotaskInvoiceId: 77,
      reference: '1-abc',
      occurrences: 3,
      since: '2026-11-24T10:57:39.411Z',
    };
    const one = composeErrorAlert([alert], place);
    expect(one.subject).toBe('Northwind MSP: QuickBooks refused it.');
    for (const part of [one.text, one.html]) {
      for (const fact of [
        'QuickBooks refused it.',
        'Connect again.',
        'For your administrator',
        '2026-11-24 11:57 UTC',
        'Autotask invoice 77',
        '3 times since the mail of 2026-11-24 10:57 UTC',
        'reference 1-abc',
      ])
        expect(part.replaceAll(/\s+/g, ' ')).toContain(fact);
    }
    expect(composeErrorAlert([alert, alert], place).subject).toBe('Northwind MSP: 2 things need attention.');
  });
});
