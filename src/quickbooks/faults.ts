/** QuickBooks' faults, translated once, by code (facts/qbo.md section 8). The words of a message are shown, never decided on. */
import { z } from 'zod';
import { parseExact } from '../platform/exact-json.ts';

export type FaultMeaning =
  | 'duplicate-number'
  | 'duplicate-name'
  | 'inactive-or-missing'
  | 'invalid-reference'
  | 'period-closed'
  | 'read-only-company'
  | 'invalid-data'
  | 'stale'
  | 'throttled'
  | 'unauthorized'
  | 'forbidden'
  | 'system'
  | 'request-id'
  | 'business-rule';

export interface Fault {
  readonly code: string;
  readonly type: string;
  readonly message: string;
  readonly detail: string;
  readonly element: string | null;
  /** intuit_tid of the reply that held it. */
  readonly reference: string | null;
  readonly meaning: FaultMeaning;
  /** 6140 names the transaction that has the number. */
  readonly existingId: string | null;
}

const meanings: Readonly<Record<string, FaultMeaning>> = {
  '120': 'forbidden',
  '130': 'system',
  '140': 'system',
  '150': 'system',
  '600': 'request-id',
  '610': 'inactive-or-missing',
  '2130': 'request-id',
  '2500': 'invalid-reference',
  '3001': 'throttled',
  '3100': 'forbidden',
  '3200': 'unauthorized',
  '5010': 'stale',
  '5020': 'forbidden',
  '6000': 'business-rule',
  '6140': 'duplicate-number',
  '6190': 'read-only-company',
  '6200': 'period-closed',
  '6210': 'period-closed',
  '6240': 'duplicate-name',
  '6250': 'inactive-or-missing',
  '10000': 'system',
};

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
const errorShape = z.looseObject({
  Message: text,
  Detail: text,
  code: z.union([z.string(), z.number()]).nullish(),
  element: z.string().nullish(),
});
const upper = z.looseObject({ Fault: z.looseObject({ Error: z.array(errorShape).min(1), type: text }) });
const lowerError = z.looseObject({
  message: text,
  detail: text,
  code: z.union([z.string(), z.number()]).nullish(),
  element: z.string().nullish(),
});
const lower = z.looseObject({ fault: z.looseObject({ error: z.array(lowerError).min(1), type: text }) });

/** 003200 and 3200 are the same code. */
const plainCode = (code: string | number | null | undefined): string => String(code ?? '').replace(/^0+(?=\d)/, '');

/** 6210 was printed for duplicate numbers in 2017 (facts/mission.md A12): these two are told apart by code and text. */
function meaningOf(code: string, detail: string): FaultMeaning {
  if ((code === '6210' || code === '6200') && /duplicate document number/i.test(detail)) return 'duplicate-number';
  return meanings[code] ?? 'invalid-data';
}

/** The fault in an already parsed value (a reply or a batch item), or null when there is none. */
export function faultIn(value: unknown, reference: string | null): Fault | null {
  // Most replies hold none, and to find that out field by field costs as much as to read what they hold.
  if (typeof value !== 'object' || value === null || !('Fault' in value || 'fault' in value)) return null;
  const high = upper.safeParse(value);
  if (high.success) {
    const [error] = high.data.Fault.Error;
    if (error !== undefined)
      return build(error.code, high.data.Fault.type, error.Message, error.Detail, error.element, reference);
  }
  const low = lower.safeParse(value);
  const [error] = low.success ? low.data.fault.error : [];
  return error === undefined || !low.success
    ? null
    : build(error.code, low.data.fault.type, error.message, error.detail, error.element, reference);
}

function build(
  rawCode: string | number | null | undefined,
  type: string,
  message: string,
  detail: string,
  element: string | null | undefined,
  reference: string | null,
): Fault {
  const code = plainCode(rawCode);
  const meaning = type === 'SystemFault' ? 'system' : meaningOf(code, `${message} ${detail}`);
  const existingId = meaning === 'duplicate-number' ? (/TxnId=(\d+)/.exec(detail)?.[1] ?? null) : null;
  return { code, type, message, detail, element: element ?? null, reference, meaning, existingId };
}

/** Parses a reply's text; null when it is not JSON (HTML, XML, cut short). */
export function parseReply(body: string): unknown {
  try {
    return parseExact(body);
  } catch {
    return null;
  }
}
