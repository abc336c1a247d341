/** Reports for the tests of this folder: a small one that a person would recognise, a long one, and hostile texts. */
import fc from 'fast-check';
import { problem } from '../../core/problem.ts';
import { buildReport, type ReportRow, type RunReport } from '../../core/report.ts';

export const place = { connectionName: 'Northwind MSP', publicUrl: 'https://ferry.example.com/' } as const;

export const runFacts = {
  runId: '0b9f7a52-6c1d-4c58-9b0a-2f4f5d3c2a11',
  kind: 'sync-now',
  state: 'finished',
  connection: 'Northwind MSP',
  requestedBy: 'terminal',
  startedAt: '2026-11-24T11:55:02.120Z',
  endedAt: '2026-11-24T11:57:39.411Z',
  failure: null,
} as const;

/** A posted and written-back invoice, unless `change` says otherwise. */
export const sampleRow = (change: Partial<ReportRow> = {}): ReportRow => ({
  autotaskInvoiceId: 48210,
  copyNumber: 0,
  invoiceNumber: 'INV-20331',
  company: 'Adventure Works Cycles',
  invoiceDate: '2026-11-23',
  state: 'written_back',
  quickbooksId: '900',
  quickbooksNumber: '1042',
  total: '1234.10',
  tax: '12.40',
  quickbooksTotal: '1234.10',
  currency: 'USD',
  adopted: false,
  isNew: true,
  problems: [],
  ...change,
});

const notPosted = { quickbooksId: null, quickbooksNumber: null, quickbooksTotal: null, isNew: false } as const;

/** Done, done in another currency, waiting, and two that wait for a person. */
export const smallReport: RunReport = buildReport(runFacts, [
  sampleRow(),
  sampleRow({
    autotaskInvoiceId: 48211,
    invoiceNumber: 'INV-20332',
    company: '日本電気株式会社',
    quickbooksNumber: '1043',
    total: '20.5',
    tax: '0',
    quickbooksTotal: '20.50',
    currency: 'CAD',
  }),
  sampleRow({
    autotaskInvoiceId: 48212,
    invoiceNumber: null,
    company: 'Tailspin Toys',
    state: 'waiting',
    problems: [problem('settling', { createdAt: '11:52', settledAt: '12:02' })],
    ...notPosted,
  }),
  sampleRow({
    autotaskInvoiceId: 48213,
    invoiceNumber: 'INV-20334',
    company: 'Fabrikam Residences & Sons',
    state: 'parked',
    problems: [problem('customer-missing', { company: 'Fabrikam Residences & Sons' })],
    ...notPosted,
  }),
  sampleRow({
    autotaskInvoiceId: 48214,
    invoiceNumber: 'INV-20335',
    company: 'Contoso Pharmaceuticals',
    state: 'parked',
    total: '-12.30',
    tax: '-1.10',
    problems: [problem('negative-total', { total: '-12.30' })],
    ...notPosted,
  }),
]);

/** `count` invoices, every tenth of them parked for one of fifty customers. */
export const longReport = (count: number): RunReport =>
  buildReport(
    runFacts,
    Array.from({ length: count }, (_, at) =>
      at % 10 === 0
        ? sampleRow({
            autotaskInvoiceId: at,
            state: 'parked',
            problems: [problem('customer-missing', { company: `Customer ${String((at / 10) % 50)}` })],
            ...notPosted,
          })
        : sampleRow({ autotaskInvoiceId: at }),
    ),
  );

/** A report in which every text that a stranger could choose is `text`. */
export const hostileReport = (text: string): RunReport =>
  buildReport({ ...runFacts, connection: text, requestedBy: text, failure: text }, [
    sampleRow({
      invoiceNumber: text,
      company: text,
      quickbooksNumber: text,
      quickbooksId: text,
      currency: text,
      total: text,
      tax: text,
    }),
    sampleRow({
      autotaskInvoiceId: 48211,
      state: 'parked',
      problems: [problem('customer-missing', { company: text }), problem('on-hold', { reason: text })],
      ...notPosted,
      company: text,
    }),
  ]);

const pieces = [
  '=',
  '+',
  '-',
  '@',
  '\t',
  '\r',
  '\n',
  '\r\n',
  ' ',
  '\u00a0',
  '\u3000',
  '"',
  "'",
  '“',
  ',',
  ';',
  '|',
  '\uff1d',
  '\uff0b',
  '\uff0d',
  '\uff20',
  '\u2212',
  '\u202e',
  '\u2066',
  '\u200b',
  '\ufeff',
  '\u0000',
  '\u001b[31m',
  '\u2028',
  '\u0085',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'onmouseover='alert(1)",
  '<!--',
  '-->',
  '</td></table>',
  '&lt;',
  '&#x3c;',
  'Bcc: thief@example.net',
  'Subject: no',
  '\r\n\r\n',
  "=cmd|' /C calc'!A0",
  '@SUM(1+1)*cmd',
  '-2+3',
  '-12.30',
  '12.30',
  '=?utf-8?q?=0d=0aBcc=3a_thief=40example.net?=',
  '👩‍💻',
  '\ud800',
  '%0d%0a',
  '{{7*7}}',
  'مرحبا',
  'Müller & Söhne',
];

/** Texts that try to break out: of a cell, of a page, of a header, of a line. */
export const hostileText = (): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom(...pieces),
    fc
      .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 6 })), { minLength: 1, maxLength: 8 })
      .map((all) => all.join('')),
    fc.string({ unit: 'binary', maxLength: 40 }),
  );
