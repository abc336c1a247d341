/**
 * The exact JSON text of what is sent. Same draft, same text: the key order is fixed here, money is written as exact JSON
 * numbers with two decimals, and the hash of the text is what an approval pins.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Draft, DraftLine, DraftRef } from '../core/draft.ts';
import type { Decimal } from '../core/money.ts';
import type { NewCustomer, NewItem } from '../core/new-names.ts';
import type { SentInvoice } from '../core/reconcile.ts';
import { parseExact, rawAmount, writeExact } from '../platform/exact-json.ts';
import { amount, asSchema, textOrNull } from '../platform/fields.ts';

/** SHA-256 of a body's text, hexadecimal. */
export const bodyHash = (text: string): string => createHash('sha256').update(text).digest('hex');

/** QuickBooks ignores null as absent; leaving it out keeps the body short and its hash stable. */
function present(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const there: Record<string, unknown> = {};
  for (const key in fields) if (fields[key] !== null && fields[key] !== undefined) there[key] = fields[key];
  return there;
}

const ref = (id: string | null): { value: string } | null => (id === null ? null : { value: id });
/** In a preview a name that would be created first has no id yet. */
const refOrName = (target: DraftRef): Record<string, string> =>
  target.id === null ? { name: target.name } : { value: target.id };

/** The Invoice (or CreditMemo) entity of a draft (facts/qbo.md 3.1, 3.2 and 4). */
export function renderInvoice(draft: Draft): string {
  return writeExact(
    present({
      DocNumber: draft.number,
      TxnDate: draft.date,
      DueDate: draft.kind === 'invoice' ? draft.dueDate : null,
      CustomerRef: refOrName(draft.customer),
      CurrencyRef: ref(draft.currency),
      SalesTermRef: draft.kind === 'invoice' ? ref(draft.termId) : null,
      CustomerMemo: draft.memo === null ? null : { value: draft.memo },
      PrivateNote: draft.privateNote,
      GlobalTaxCalculation: draft.tax.calculation,
      Line: draft.lines.map((line) => renderLine(line, draft)),
      TxnTaxDetail: renderTax(draft),
    }),
  );
}

/** QuickBooks writes a credit memo above zero (facts/qbo.md 3.7); the draft keeps Autotask's sign. */
const signed = (amount: Decimal, draft: Draft): Decimal => (draft.kind === 'credit-memo' ? amount.times('-1') : amount);

function renderLine(line: DraftLine, draft: Draft): Record<string, unknown> {
  const detail = present({
    ItemRef: refOrName(line.item),
    Qty: line.quantity === null ? null : rawAmount(line.quantity),
    UnitPrice: line.unitPrice === null ? null : rawAmount(signed(line.unitPrice, draft)),
    ServiceDate: line.serviceDate,
    ClassRef: ref(line.classId),
    TaxCodeRef: ref(line.taxCodeId),
  });
  return present({
    DetailType: 'SalesItemLineDetail',
    Amount: rawAmount(signed(line.amount, draft), 2),
    Description: line.description === '' ? null : line.description,
    SalesItemLineDetail: detail,
  });
}

function renderTax(draft: Draft): Record<string, unknown> | null {
  const { headerTaxCodeId, overrideTotal, overrideLines } = draft.tax;
  if (headerTaxCodeId === null && overrideTotal === null) return null;
  return present({
    TxnTaxCodeRef: ref(headerTaxCodeId),
    TotalTax: overrideTotal === null ? null : rawAmount(signed(overrideTotal, draft), 2),
    TaxLine:
      overrideLines.length === 0
        ? null
        : overrideLines.map((line) => ({
            DetailType: 'TaxLineDetail',
            Amount: rawAmount(signed(line.amount, draft), 2),
            TaxLineDetail: {
              TaxRateRef: { value: line.rateId },
              PercentBased: true,
              TaxPercent: rawAmount(line.percent),
              NetAmountTaxable: rawAmount(signed(line.net, draft), 2),
            },
          })),
  });
}

/** The Customer entity (facts/qbo.md 3.5). */
export function renderCustomer(customer: NewCustomer): string {
  const { address } = customer;
  const billing = present({
    Line1: address.line1,
    Line2: address.line2,
    City: address.city,
    CountrySubDivisionCode: address.state,
    PostalCode: address.postalCode,
    Country: address.country,
  });
  return writeExact(
    present({
      DisplayName: customer.displayName,
      CompanyName: customer.companyName,
      PrimaryPhone: customer.phone === null ? null : { FreeFormNumber: customer.phone.slice(0, 30) },
      BillAddr: Object.keys(billing).length === 0 ? null : billing,
      Notes: customer.notes,
    }),
  );
}

/** The Item entity: a service with its income account (facts/qbo.md 3.6, facts/mission.md A6). */
export function renderItem(item: NewItem): string {
  return writeExact(
    present({
      Name: item.name,
      Type: 'Service',
      Description: item.description,
      UnitPrice: item.unitPrice === null ? null : rawAmount(item.unitPrice),
      IncomeAccountRef: { value: item.incomeAccountId },
      Taxable: item.taxable,
    }),
  );
}

const sentBody = z.looseObject({
  TxnDate: asSchema(textOrNull),
  Line: z.array(z.looseObject({ DetailType: asSchema(textOrNull), Amount: asSchema(amount) })),
});

/** What a body of ours said, for reconciliation; null when it is none. */
export function readSent(body: string): SentInvoice | null {
  const parsed = sentBody.safeParse(parseExact(body));
  if (!parsed.success) return null;
  return { date: parsed.data.TxnDate, lines: parsed.data.Line.map((line) => line.Amount.toFixed(2)) };
}
