/** "Did you mean ...?": the known word that a mistyped one is nearest to. Pure. */

/** How many letters must be added, taken away or changed to make one word of the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      next.push(
        Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)),
      );
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The nearest of `known`, whatever the case, at most `most` letters away; the first of equals; null when all are further. */
export function nearest<T extends string>(word: string, known: readonly T[], most: number): T | null {
  const wanted = word.toLowerCase();
  const [best] = known
    .map((one) => ({ one, away: distance(one.toLowerCase(), wanted) }))
    .filter(({ away }) => away <= most)
    .toSorted((a, b) => a.away - b.away);
  return best?.one ?? null;
}
