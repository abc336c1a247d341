/** An invoice as PDF, HTML and XML (facts/autotask.md 4.1, special endpoints). */
import { ExactNumber } from '../../platform/exact-json.ts';
import type { SandboxReply } from '../shell.ts';
import { primaryContact } from './children.ts';
import type { AutotaskKnobs } from './knobs.ts';
import { textPdf } from './pdf.ts';
import { businessError, json, notPermitted } from './replies.ts';
import type { MutableRow } from './rows.ts';

type RowsOf = (entity: string) => readonly MutableRow[];

/** Answers null for a kind of document that does not exist. */
export function invoiceDocument(
  kind: string,
  invoice: MutableRow | undefined,
  rowsOf: RowsOf,
  knobs: AutotaskKnobs,
): SandboxReply | null {
  if (!['invoicepdf', 'invoicemarkuphtml', 'invoicemarkupxml'].includes(kind)) return null;
  if (knobs.invoiceDocuments === 'denied') throw notPermitted('query');
  if (invoice === undefined) return businessError(knobs.unknownIdText);
  const content = contentOf(invoice, rowsOf);
  if (kind === 'invoicepdf') return pdfReply(invoice, content, knobs);
  return json(200, { invoiceMarkup: kind === 'invoicemarkuphtml' ? html(content) : xml(content) });
}

interface Content {
  readonly invoice: MutableRow;
  readonly company: MutableRow | undefined;
  readonly term: string;
  readonly recipient: string;
  readonly lines: readonly MutableRow[];
}

function contentOf(invoice: MutableRow, rowsOf: RowsOf): Content {
  const order = (row: MutableRow): number => Number(row['sortOrderID'] ?? 0);
  const contact = primaryContact(invoice['companyID'], rowsOf('Contacts'));
  return {
    invoice,
    company: rowsOf('Companies').find((row) => row.id === invoice['companyID']),
    term: plain(rowsOf('PaymentTerms').find((row) => row.id === invoice['paymentTerm'])?.['name']),
    recipient: plain(contact?.['emailAddress']),
    lines: rowsOf('BillingItems')
      .filter((row) => row['invoiceID'] === invoice.id)
      .sort((a, b) => order(a) - order(b) || a.id - b.id),
  };
}

const plain = (value: unknown): string =>
  value instanceof ExactNumber
    ? value.source
    : value === null || value === undefined
      ? ''
      : String(value as string | number | boolean);
const day = (value: unknown): string => plain(value).slice(0, 10);

/** Seen as an array of byte values, declared as base64 text, and possibly wrapped: a client takes all three. */
function pdfReply(invoice: MutableRow, content: Content, knobs: AutotaskKnobs): SandboxReply {
  const bytes = Buffer.from(textPdf(textOf(content)), 'latin1');
  const file = {
    id: invoice.id,
    contentType: 'application/pdf',
    fileName: `Invoice_${plain(invoice['invoiceNumber']) || String(invoice.id)}.pdf`,
    fileSize: bytes.length,
    data: knobs.pdfData === 'numbers' ? [...bytes] : bytes.toString('base64'),
  };
  return json(200, knobs.pdfData === 'wrapped' ? { item: file } : file);
}

const textOf = ({ invoice, company, term, lines }: Content): string[] => [
  `INVOICE ${plain(invoice['invoiceNumber']) || String(invoice.id)}`,
  plain(company?.['companyName']),
  `Date ${day(invoice['invoiceDateTime'])}   Due ${day(invoice['dueDate'])}   Terms ${term}`,
  '',
  ...lines.map((line) => `${plain(line['itemName'])}   ${plain(line['quantity'])}   ${plain(line['totalAmount'])}`),
  '',
  `Total ${plain(invoice['invoiceTotal'])}   Tax ${plain(invoice['totalTaxValue'])}`,
];

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const element = (name: string, value: unknown): string => `<${name}>${escaped(plain(value))}</${name}>`;

const html = (content: Content): string =>
  `<html><body>${textOf(content)
    .map((line) => `<p>${escaped(line)}</p>`)
    .join('')}</body></html>`;

/** The only place where the e-mail recipient and the resolved billing address stand together (facts 4.1). */
function xml({ invoice, company, term, recipient, lines }: Content): string {
  const items = lines.map((line) =>
    [
      '<invoice_item>',
      element('item_name', line['itemName']),
      element('item_date', day(line['itemDate'])),
      element('quantity', line['quantity']),
      element('rate', line['rate']),
      element('item_amount', line['totalAmount']),
      element('item_tax', line['taxDollars']),
      '</invoice_item>',
    ].join(''),
  );
  return [
    '<?xml version="1.0" encoding="utf-8"?><invoice_batch_generic><invoice_batch>',
    element('batch_id', invoice['batchID']),
    element('create_date', invoice['createDateTime']),
    '<account>',
    element('cust_name', company?.['companyName']),
    element('billing_addr1', company?.['billingAddress1']),
    element('billing_addr2', company?.['billingAddress2']),
    element('tax_id', company?.['taxID']),
    element('account_invoice_email_recipient', recipient),
    '<invoice>',
    element('invoice_number', invoice['invoiceNumber']),
    element('invoice_date', day(invoice['invoiceDateTime'])),
    element('payment_term_name', term),
    element('tax_group_name', invoice['taxRegionName']),
    element('total', invoice['invoiceTotal']),
    element('total_tax', invoice['totalTaxValue']),
    ...items,
    '</invoice></account></invoice_batch></invoice_batch_generic>',
  ].join('');
}
