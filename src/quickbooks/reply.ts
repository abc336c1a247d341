/** What every reply of QuickBooks carries beside its body. */
import type { HttpResponse } from '../platform/http.ts';

/** No documented Retry-After: 60 s after a 429 (facts/qbo.md section 7). */
const THROTTLED_MS = 60_000;

/** intuit_tid of a reply, for Intuit's support. */
export const referenceOf = (reply: HttpResponse): string | null => reply.headers['intuit_tid'] ?? null;

/** How long a 429 asks to wait, in product milliseconds. */
export function throttleMs(reply: HttpResponse): number {
  const seconds = Number(reply.headers['retry-after']);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 3_600) * 1_000 : THROTTLED_MS;
}
