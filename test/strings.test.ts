/**
 * 500 hostile strings through every text field: into QuickBooks' JSON and queries, CSV, mail and page, and back unharmed.
 * Nothing is executed, nothing breaks out of its place, nothing is lost that the target can hold.
 */
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import {
  codesOf,
  mapSample,
  sampleCode,
  sampleCompany,
  sampleDirectory,
  sampleInvoice,
  sampleLine,
  sampleQuickBooks,
  sampleSettings,
} from '../src/core/testing/samples.ts';
import { decimal } from '../src/core/money.ts';
import { markersIn } from '../src/core/marker.ts';
import { problem } from '../src/core/problem.ts';
import { buildReport, type ReportRow, type RunReport } from '../src/core/report.ts';
import { reported } from '../src/api/shapes.ts';
import { renderStatusPage } from '../src/api/status-page.ts';
import { composeItemComparison } from '../src/mail/compose-items.ts';
import { composeReadyList } from '../src/mail/compose-lists.ts';
import { composeRunReport } from '../src/mail/compose-report.ts';
import { renderCsv } from '../src/mail/report-csv.ts';
import { transferView } from '../src/engine/views.ts';
import { parseExact, writeExact, writeExactPieces } from '../src/platform/exact-json.ts';
import { renderCustomer, renderInvoice, renderItem } from '../src/quickbooks/invoice-body.ts';
import { quotedList } from '../src/quickbooks/query.ts';
import { filterable } from '../src/sandbox/quickbooks/fields.ts';
import { parseQuery } from '../src/sandbox/quickbooks/query.ts';
import { strings } from './support/strings.ts';

interface Body {
  CustomerMemo?: { value: string };
  PrivateNote: string;
  DocNumber?: string;
  Line: { Description?: string; Amount: number }[];
}
const mapped = (text: string, regime: 'us-none' | 'non-us') =>
  mapSample({
    invoice: sampleInvoice({ tax: decimal('0'), orderNumber: text, comments: text, taxRegionName: text, number: text }),
    lines: [sampleLine('12.34', { itemName: text, description: text, taxCategoryId: null })],
    directory: sampleDirectory({
      customers: [],
      items: [],
      companies: [
        sampleCompany({
          name: text,
          phone: text,
          address: { line1: text, line2: text, city: text, state: text, postalCode: text, country: text },
        }),
      ],
      billingCodes: [sampleCode({ name: text, description: text })],
      taxCodes: [{ id: '5', name: 'Exempt', active: true, rates: [] }],
    }),
    settings: sampleSettings({ 'invoices.numbering': 'autotask-number' }),
    quickbooks: sampleQuickBooks({ regime, customNumbers: true }),
  });

describe('500 hostile strings', () => {
  it.each(['us-none', 'non-us'] as const)(
    'in every field of invoice, customer and item: valid JSON of the right letters (%s)',
    (regime) => {
      for (const text of strings) {
        const one = mapped(text, regime);
        const body = JSON.parse(renderInvoice(one.draft)) as Body;
        expect(body.Line[0]?.Amount).toBe(12.34);
        expect(markersIn(body.PrivateNote)).toEqual([{ connectionKey: 'KEY', invoiceId: 155, copyNumber: 0 }]);
        // A number that QuickBooks cannot hold is a problem, never changed on the way.
        const isSent = !codesOf(one).includes('unsupported-characters');
        const written = [
          ...(isSent ? [renderInvoice(one.draft)] : []),
          ...(one.newCustomer === null ? [] : [renderCustomer(one.newCustomer)]),
          ...one.newItems.map(renderItem),
        ];
        for (const json of written) {
          const plain = JSON.stringify(JSON.parse(json));
          if (regime === 'us-none') expect([text, /[^\u0000-\u00ff]/.test(plain)]).toEqual([text, false]);
          // A zero byte is left out wherever text comes in, half a character is a replacement letter: no database takes either.
          expect(writeExact(parseExact(json))).toBe(
            JSON.stringify(JSON.parse(json))
              .replaceAll('\\u0000', '')
              .replaceAll(/\\ud[89a-f]\w\w/g, '\ufffd'),
          );
        }
        const name = one.newCustomer?.displayName ?? '';
        expect([text, /[:\t\r\n]/.test(name), name.length <= 100]).toEqual([text, false, true]);
        // A name of which nothing is left is a problem for a person, never an empty customer.
        if (one.newCustomer === null)
          expect([text, codesOf(one)]).toEqual([text, expect.arrayContaining(['unsupported-characters'])]);
        else expect([text, name.trim() === '']).toEqual([text, false]);
      }
    },
  );

  it('in a query: exactly the row of this name, whatever stands in it', () => {
    for (const text of strings) {
      const query = parseQuery(
        `SELECT * FROM Customer WHERE DisplayName IN ${quotedList([text])} MAXRESULTS 10`,
        (entity) => filterable[entity] ?? null,
      );
      expect([text, query.test({ DisplayName: text })]).toEqual([text, true]);
      expect([text, query.test({ DisplayName: `${text}x` })]).toEqual([text, false]);
    }
  });

  const report = (text: string): RunReport => {
    const row: ReportRow = {
      autotaskInvoiceId: 1,
      copyNumber: 0,
      invoiceNumber: text,
      company: text,
      invoiceDate: '2026-03-01',
      state: 'parked',
      quickbooksId: text,
      quickbooksNumber: text,
      total: '10.00',
      tax: '0.00',
      quickbooksTotal: null,
      currency: 'USD',
      adopted: false,
      isNew: false,
      problems: [problem('item-missing', { item: text })],
    };
    return buildReport(
      {
        runId: 'r',
        kind: 'sync-now',
        state: 'finished',
        connection: text,
        requestedBy: text,
        startedAt: null,
        endedAt: null,
        failure: text,
      },
      [row],
    );
  };

  it('in CSV: the same number of cells, and no formula', () => {
    for (const text of strings) {
      const rows = parse(renderCsv(report(text)), { bom: true }) as string[][];
      expect([text, rows.length, rows[1]?.length]).toEqual([text, 2, rows[0]?.length]);
      for (const cell of rows.flat())
        expect([text, /^\s*[=+\-@＝＋－＠]/.test(cell) && !/^-?\d/.test(cell)]).toEqual([text, false]);
    }
  });

  it('in JSON, the terminal’s and the API’s: every text comes back letter by letter', () => {
    for (const text of strings) {
      const { rows, ...head } = report(text);
      const document = { ...head, transfers: [...rows].map(transferView) };
      const terminal: unknown = JSON.parse([...writeExactPieces(document)].join(''));
      expect([text, terminal]).toEqual([text, JSON.parse(JSON.stringify(document))]);
      expect(document.transfers[0]?.company).toBe(text);
      // What the API answers passes its own schema unchanged.
      const answered = reported.parse(document.transfers[0]);
      expect([text, answered]).toEqual([text, document.transfers[0]]);
      expect([text, JSON.parse(writeExact({ [text]: text }))]).toEqual([
        text,
        JSON.parse(JSON.stringify({ [text]: text })),
      ]);
    }
  });

  it('in mails and pages: escaped, and no header of its own', () => {
    const compared = (text: string) => ({
      rows: [
        {
          billingCodeId: 1,
          billingCode: text,
          matchValue: text,
          result: 'different' as const,
          quickbooksItemId: '1',
          quickbooksItem: text,
          differences: [{ field: 'name', autotask: text, quickbooks: text }],
          note: text,
        },
      ],
      onlyInQuickBooks: [{ quickbooksItemId: '2', name: text, type: 'Service', active: true }],
    });
    for (const text of strings) {
      const place = { connectionName: text, publicUrl: null };
      const mails = [
        composeRunReport(report(text), place),
        composeRunReport({ ...report(text), kind: 'manual-copy' }, place),
        composeReadyList(
          [
            {
              autotaskInvoiceId: 1,
              invoiceNumber: text,
              company: text,
              total: '1',
              ready: false,
              reasons: [{ text }],
              invoiceDate: null,
              createdAt: null,
              processedAt: null,
            },
          ],
          text,
        ),
        composeItemComparison(compared(text), { ...place, about: 'comparison' }),
      ];
      const page = renderStatusPage({ banner: text, progress: null, report: report(text) });
      for (const html of [...mails.map((mail) => mail.html), page])
        expect([text, /<script|<img|<h1>\s*<\/h1>|onerror=alert\(1\)>/i.test(html)]).toEqual([text, false]);
      for (const mail of mails) expect([text, /[\r\n\u0000]/.test(mail.subject)]).toEqual([text, false]);
    }
  });
});
