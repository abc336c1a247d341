/** For which reason an invoice was on hold before somebody here released it: who takes that back need not say it again. */
const reasons = new Map<string, string>();

const keyOf = (connection: string, id: number): string => `${connection} ${String(id)}`;

export const keepReason = (connection: string, id: number, reason: string): void =>
  void reasons.set(keyOf(connection, id), reason);
export const reasonOf = (connection: string, id: number): string | undefined => reasons.get(keyOf(connection, id));

interface Event {
  readonly copyNumber: number;
  readonly from: string;
  readonly to: string;
  readonly reason: string | null;
}

/**
 * Was it released, with no run gone by it since? `wasHeld`: a person had put it on hold, and can do so again.
 * @param history oldest first
 */
export function releasedBy(
  shown: { readonly copyNumber: number; readonly state: string; readonly problems: readonly unknown[] },
  history: readonly Event[],
): { readonly wasHeld: boolean } | null {
  const events = history.filter((one) => one.copyNumber === shown.copyNumber);
  const last = events.at(-1);
  if (last?.reason !== 'released' || last.to !== shown.state || shown.problems.length > 0) return null;
  return { wasHeld: events.at(-2)?.to === 'held' && events.at(-2)?.reason === 'on-hold' };
}
