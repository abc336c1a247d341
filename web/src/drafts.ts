/** What is being typed outlives a reload, the back button and a sign-in in this window; never for secrets. */
import { useState } from 'react';

const at = (key: string): string => `ledgerferry.draft.${key}`;

export function useDraft<T extends object>(key: string, initial: T): [T, (changes: Partial<T>) => void, () => void] {
  const [draft, setDraft] = useState<T>(() => {
    const kept = sessionStorage.getItem(at(key));
    try {
      return kept === null ? initial : { ...initial, ...(JSON.parse(kept) as Partial<T>) };
    } catch {
      return initial;
    }
  });
  const change = (changes: Partial<T>): void => {
    const next = { ...draft, ...changes };
    sessionStorage.setItem(at(key), JSON.stringify(next));
    setDraft(next);
  };
  const clear = (): void => {
    sessionStorage.removeItem(at(key));
    setDraft(initial);
  };
  return [draft, change, clear];
}
