/**
 * Autotask invoice in, QuickBooks draft or all its problems at once out. Pure: no clock, no network, no database, no
 * binary float. Called by runs, by manual copies and by previews alike.
 */
import type { Directory } from './directory.ts';
import type { Draft, DraftRef, TaxRegime } from './draft.ts';
import { toLatin1 } from './latin1.ts';
import { cut, mapLines, type MappedLines } from './map-lines.ts';
import { mapTax, sourceTaxCents } from './map-tax.ts';
import { markerText } from './marker.ts';
import { matchCustomer, type CustomerMatch } from './match-customer.ts';
import { amountText, ZERO } from './money.ts';
import type { NewCustomer, NewItem } from './new-names.ts';
import { numberingProblem, numberOf, numberProblem } from './numbering.ts';
import { problem, type Problem } from './problem.ts';
import type { Settings } from './settings.ts';
import type { SourceCompany, SourceInvoice, SourceLine } from './source.ts';
import { fold } from './directory.ts';

export interface QuickBooksCompany {
  readonly regime: TaxRegime;
  readonly customNumbers: boolean;
  readonly multiCurrency: boolean;
  readonly homeCurrency: string;
  readonly booksClosedTo: string | null;
  readonly classTracking: boolean;
}

/** The regime by the setting quickbooks.edition; `auto` is what the company says of itself. */
export function regimeBySetting(regime: TaxRegime, edition: Settings['quickbooks.edition']): TaxRegime {
  if (edition === 'auto' || (edition === 'us') === (regime !== 'non-us')) return regime;
  return edition === 'us' ? 'us-manual' : 'non-us';
}

export interface MapInput {
  readonly invoice: SourceInvoice;
  readonly lines: readonly SourceLine[];
  readonly copyNumber: number;
  readonly connectionKey: string;
  readonly settings: Settings;
  readonly quickbooks: QuickBooksCompany;
  readonly directory: Directory;
}

export interface Mapped {
  /** Also given beside problems, for the preview; it is sent only when there are none. */
  readonly draft: Draft;
  readonly problems: readonly Problem[];
  readonly newCustomer: NewCustomer | null;
  readonly newItems: readonly NewItem[];
  /** Pairs found by name that are to be kept by id from now on. */
  readonly matched: readonly {
    readonly kind: 'customer' | 'item';
    readonly key: string;
    readonly id: string;
    readonly name: string;
  }[];
}

/** 750 lines on taxable invoices, 10,000 on others (facts/qbo.md 3.1). */
const LINES_MAX_TAXABLE = 750;
const LINES_MAX = 10_000;
const MEMO_MAX = 1_000;

export function mapInvoice(input: MapInput): Mapped {
  const { invoice, settings, quickbooks, directory } = input;
  const regime = regimeBySetting(quickbooks.regime, settings['quickbooks.edition']);
  const isUs = regime !== 'non-us';
  const company = directory.companiesById.get(invoice.companyId) ?? null;
  const customer = matchCustomer({ id: invoice.companyId, company }, directory, settings, {
    isUs,
    homeCurrency: quickbooks.homeCurrency,
  });
  const mapped = mapLines({ lines: input.lines, directory, settings, isUs, classTracking: quickbooks.classTracking });
  const tax = mapTax({
    invoice,
    lines: mapped.source,
    amounts: mapped.lines.map((line) => line.amount),
    regime,
    directory,
    settings,
    isTaxExempt: company?.isTaxExempt ?? false,
  });
  const term = termOf(invoice, directory, settings);
  const number = numberOf(invoice, settings['invoices.numbering']);
  const problems = [
    ...headerProblems(input, number, isUs),
    ...totalProblems(invoice, mapped, settings, tax.lineCodes),
    ...customerProblems(customer, company, input),
    ...mapped.problems,
    ...tax.problems,
    ...(term.problem === null ? [] : [term.problem]),
  ];
  const draft: Draft = {
    kind: mapped.net.lt(ZERO) && settings['negative.invoices'] === 'credit-memo' ? 'credit-memo' : 'invoice',
    marker: markerText({ connectionKey: input.connectionKey, invoiceId: invoice.id, copyNumber: input.copyNumber }),
    number,
    customer: customerRef(customer, company),
    currency: quickbooks.multiCurrency ? currencyOf(company, input) : null,
    date: invoice.invoiceDate,
    // The term decides the due date; without one Autotask's own counts (facts/mission.md A5).
    dueDate: term.id === null ? invoice.dueDate : null,
    termId: term.id,
    memo: memoOf(invoice, settings, isUs),
    privateNote: `${markerText({ connectionKey: input.connectionKey, invoiceId: invoice.id, copyNumber: input.copyNumber })} Autotask invoice ${String(invoice.id)}, batch ${String(invoice.batchId ?? '-')}`,
    lines: mapped.lines.map((line, index) => ({ ...line, taxCodeId: tax.lineCodes[index] ?? null })),
    tax: tax.tax,
    net: mapped.net,
    sourceTax: sourceTaxCents(invoice),
  };
  const matchedCustomer =
    customer.kind === 'found'
      ? [
          {
            kind: 'customer' as const,
            key: String(invoice.companyId),
            id: customer.customer.id,
            name: customer.customer.name,
          },
        ]
      : [];
  return {
    draft,
    problems,
    newCustomer: customer.kind === 'create' ? customer.customer : null,
    newItems: mapped.newItems,
    matched: [...matchedCustomer, ...mapped.matchedItems.map((item) => ({ kind: 'item' as const, ...item }))],
  };
}

function headerProblems(input: MapInput, number: string | null, isUs: boolean): Problem[] {
  const { invoice, quickbooks, settings } = input;
  const closedTo = quickbooks.booksClosedTo;
  return [
    numberingProblem(settings['invoices.numbering'], quickbooks.customNumbers),
    numberProblem(number, isUs),
    closedTo !== null && invoice.invoiceDate <= closedTo
      ? problem('period-closed', { date: invoice.invoiceDate, closedTo })
      : null,
  ].filter((one) => one !== null);
}

function totalProblems(
  invoice: SourceInvoice,
  mapped: MappedLines,
  settings: Settings,
  taxCodes: readonly (string | null)[],
): Problem[] {
  const problems: Problem[] = [];
  if (mapped.net.lt(ZERO) && settings['negative.invoices'] === 'stop')
    problems.push(problem('negative-total', { total: amountText(mapped.net.plus(sourceTaxCents(invoice))) }));
  if (settings['zero.skipInvoices'] && mapped.net.eq(ZERO)) problems.push(problem('zero-total'));
  const taxable = taxCodes.some((code) => code !== null && code !== 'NON');
  const limit = taxable ? LINES_MAX_TAXABLE : LINES_MAX;
  if (mapped.lines.length > limit) {
    problems.push(
      problem('too-many-lines', {
        lines: String(mapped.lines.length),
        limit: String(limit),
        kind: taxable ? 'taxable' : 'untaxed',
      }),
    );
  }
  if (mapped.lines.length === 0) problems.push(problem('zero-total'));
  return problems;
}

function customerRef(match: CustomerMatch, company: SourceCompany | null): DraftRef {
  if (match.kind === 'found') return { id: match.customer.id, name: match.customer.name };
  return { id: null, name: match.kind === 'create' ? match.customer.displayName : (company?.name ?? '?') };
}

const currencyOf = (company: SourceCompany | null, input: MapInput): string =>
  input.directory.currencies.get(company?.currencyId ?? -1) ?? input.quickbooks.homeCurrency;

function customerProblems(match: CustomerMatch, company: SourceCompany | null, input: MapInput): Problem[] {
  if (match.kind === 'problem') return [match.problem];
  if (match.kind === 'create' || company === null) return [];
  const autotaskCurrency = currencyOf(company, input);
  const quickbooksCurrency = match.customer.currency ?? input.quickbooks.homeCurrency;
  return autotaskCurrency === quickbooksCurrency
    ? []
    : [problem('currency-mismatch', { company: company.name, autotaskCurrency, quickbooksCurrency })];
}

/** Terms by equal name; none found: no terms, or a stop by setting (facts/mission.md A5). */
function termOf(
  invoice: SourceInvoice,
  directory: Directory,
  settings: Settings,
): { id: string | null; problem: Problem | null } {
  const name = directory.paymentTerms.get(invoice.paymentTermId ?? -1);
  if (name === undefined) return { id: null, problem: null };
  const linked = directory.links.get(`term ${name}`);
  const found =
    linked === undefined ? directory.termsByName.get(fold(name)) : directory.terms.find((term) => term.id === linked);
  if (found?.active === true) return { id: found.id, problem: null };
  return {
    id: null,
    problem: settings['terms.whenMissing'] === 'stop' ? problem('term-missing', { term: name }) : null,
  };
}

/** Each on its own line, blanks left out, cut at 1,000 characters (facts/mission.md A5). */
function memoOf(invoice: SourceInvoice, settings: Settings, isUs: boolean): string | null {
  const values: Readonly<Record<string, [label: string, value: string | null]>> = {
    'order-number': ['Order number: ', invoice.orderNumber],
    'tax-group': ['Tax group: ', invoice.taxRegionName],
    'invoice-date': ['Invoice date: ', invoice.invoiceDate],
    comments: ['', invoice.comments],
  };
  const rows = settings['memo.fields'].flatMap((field) => {
    const [label, value] = values[field] ?? ['', null];
    return value === null || value.trim() === '' ? [] : [`${label}${value.trim()}`];
  });
  const text = rows.join('\n').replaceAll('\r\n', '\n');
  return text === '' ? null : cut(isUs ? toLatin1(text) : text, MEMO_MAX);
}
