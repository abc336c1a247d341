/** Customers and items that a run would create in QuickBooks, in our words. */
import type { Decimal } from './money.ts';
import type { SourceAddress } from './source.ts';

export interface NewCustomer {
  /** The Autotask company's id as text: what the link is kept by. */
  readonly key: string;
  readonly displayName: string;
  readonly companyName: string;
  readonly phone: string | null;
  readonly address: SourceAddress;
  readonly notes: string | null;
}

export interface NewItem {
  /** `billing-code:<id>` or `name:<folded name>`: what the link is kept by. */
  readonly key: string;
  readonly name: string;
  readonly description: string | null;
  readonly unitPrice: Decimal | null;
  readonly incomeAccountId: string;
  /** US only; null elsewhere. */
  readonly taxable: boolean | null;
}
