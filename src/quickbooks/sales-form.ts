/** A whole Invoice or CreditMemo as QuickBooks holds it, read for a person's eyes: loose, because people edit them. */
import { z } from 'zod';
import { amountText, sum, ZERO } from '../core/money.ts';
import type { Side, SideLine } from '../core/side-by-side.ts';
import { amount, asSchema, orNothing, text as anyText } from '../platform/fields.ts';

const amountOrNull = asSchema(orNothing(amount));
const textOrNull = asSchema(orNothing(anyText));

const named = z
  .looseObject({ name: textOrNull })
  .nullish()
  .catch(null)
  .transform((value) => value?.name ?? '');

const line = z.looseObject({
  DetailType: z.string().catch(''),
  Description: textOrNull,
  Amount: amountOrNull,
  SalesItemLineDetail: z
    .looseObject({ ItemRef: named, Qty: amountOrNull, UnitPrice: amountOrNull })
    .nullish()
    .catch(null),
});

const form = z.looseObject({
  Id: z.string(),
  DocNumber: textOrNull,
  TxnDate: textOrNull,
  DueDate: textOrNull,
  CustomerRef: named,
  TotalAmt: amountOrNull,
  Balance: amountOrNull,
  TxnTaxDetail: z.looseObject({ TotalTax: amountOrNull }).nullish().catch(null),
  Line: z.array(line).catch([]),
});

/** Null where it cannot be read at all. A credit memo is shown below zero, as Autotask has it. */
export function sideOfForm(row: unknown, kind: 'Invoice' | 'CreditMemo'): Side | null {
  const read = form.safeParse(row);
  if (!read.success) return null;
  const { data } = read;
  const sign = kind === 'CreditMemo' ? '-1' : '1';
  const lines = data.Line.filter((one) => one.DetailType === 'SalesItemLineDetail').map((one): SideLine => ({
    name: one.SalesItemLineDetail?.ItemRef ?? '',
    description: one.Description ?? '',
    quantity: one.SalesItemLineDetail?.Qty?.toFixed() ?? null,
    rate: one.SalesItemLineDetail?.UnitPrice == null ? null : amountText(one.SalesItemLineDetail.UnitPrice.times(sign)),
    amount: amountText((one.Amount ?? ZERO).times(sign)),
  }));
  return {
    number: data.DocNumber,
    party: data.CustomerRef,
    date: data.TxnDate,
    dueDate: data.DueDate,
    net: amountText(sum(data.Line.filter(isSale).map((one) => (one.Amount ?? ZERO).times(sign)))),
    tax: amountText((data.TxnTaxDetail?.TotalTax ?? ZERO).times(sign)),
    total: data.TotalAmt === null ? null : amountText(data.TotalAmt.times(sign)),
    balance: data.Balance === null ? null : amountText(data.Balance.times(sign)),
    lines,
  };
}

const isSale = (one: z.output<typeof line>): boolean => one.DetailType === 'SalesItemLineDetail';
