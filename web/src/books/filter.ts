/** What the invoice page shows stands in its address: back, reload and a second tab find the same. */
import { useNavigate, useRouterState } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';

const keys = [
  'view',
  'states',
  'code',
  'cause',
  'company',
  'search',
  'from',
  'to',
  'least',
  'most',
  'sort',
  'direction',
  'page',
  'id',
  'copy',
] as const;
type Key = (typeof keys)[number];
/** What leaves rows out; the others say how they are shown. */
export const narrowing = [
  'states',
  'code',
  'cause',
  'company',
  'search',
  'from',
  'to',
  'least',
  'most',
] as const satisfies readonly Key[];
export type Filter = Readonly<Record<Key, string>>;

/** Every value as text; the router reads numbers out of an address as numbers. */
function filterOf(search: Record<string, unknown>): Filter {
  const text = (key: Key): string => {
    const value = search[key];
    return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
  };
  return Object.fromEntries(keys.map((key) => [key, text(key)])) as Record<Key, string>;
}

/** What changes, or how it follows from what the address says now: two clicks in a row may come before anything is drawn. */
export type Change = Partial<Filter> | ((now: Filter) => Partial<Filter>);

export function useFilter(): { filter: Filter; change: (patch: Change, replace?: boolean) => void } {
  const search = useRouterState({ select: (state) => state.location.search as Record<string, unknown> });
  const navigate = useNavigate();
  const filter = useMemo(() => filterOf(search), [search]);
  const change = useCallback(
    (patch: Change, replace = false) =>
      void navigate({
        to: '/invoices',
        replace,
        resetScroll: false,
        search: ((now: Record<string, unknown>) =>
          Object.fromEntries(
            Object.entries(changed(filterOf(now), patch))
              .filter(([, value]) => value !== '')
              .map(([key, value]) => [key, key !== 'cause' && /^\d{1,15}$/.test(value) ? Number(value) : value]),
          )) as never,
      }),
    [navigate],
  );
  return { filter, change };
}

const changed = (now: Filter, patch: Change): Filter => ({
  ...now,
  ...(typeof patch === 'function' ? patch(now) : patch),
});

/** The part that the server filters by. */
export function wantedOf(filter: Filter, connection: string) {
  const { states, code, cause, company, search, from, to, least, most } = filter;
  const amounts = { least: amountOf(least) ?? '', most: amountOf(most) ?? '' };
  const given = Object.entries({ states, code, cause, company, search, from, to, ...amounts });
  return { connection, ...Object.fromEntries(given.filter(([, value]) => value !== '')) };
}

/** An amount as people type it and as the desk writes it (`−1,234.50`), for the server; null where it is none. */
export function amountOf(text: string): string | null {
  const plain = text.replaceAll(/\s/g, '').replace('\u2212', '-');
  if (plain === '') return '';
  const isGrouped = /^-?\d{1,3}(,\d{3})+(\.\d*)?$/.test(plain);
  const digits = isGrouped ? plain.replaceAll(',', '') : plain;
  return /^-?\d{1,15}(\.\d{1,4})?$/.test(digits) ? digits : null;
}

export const isFiltered = (filter: Filter): boolean => narrowing.some((key) => filter[key] !== '');
