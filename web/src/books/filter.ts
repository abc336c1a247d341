/** What the invoice page shows stands in its address: back, reload and a second tab find the same. */
import { useNavigate, useRouterState } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';

const keys = [
  'view',
  'states',
  'code',
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
export type Filter = Readonly<Record<Key, string>>;

/** Every value as text; the router reads numbers out of an address as numbers. */
function filterOf(search: Record<string, unknown>): Filter {
  const text = (key: Key): string => {
    const value = search[key];
    return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
  };
  return Object.fromEntries(keys.map((key) => [key, text(key)])) as Record<Key, string>;
}

export function useFilter(): { filter: Filter; change: (patch: Partial<Filter>, replace?: boolean) => void } {
  const search = useRouterState({ select: (state) => state.location.search as Record<string, unknown> });
  const navigate = useNavigate();
  const filter = useMemo(() => filterOf(search), [search]);
  const change = useCallback(
    (patch: Partial<Filter>, replace = false) =>
      void navigate({
        to: '/invoices',
        replace,
        resetScroll: false,
        search: ((now: Record<string, unknown>) =>
          Object.fromEntries(
            Object.entries({ ...filterOf(now), ...patch })
              .filter(([, value]) => value !== '')
              .map(([key, value]) => [key, /^\d{1,15}$/.test(value) ? Number(value) : value]),
          )) as never,
      }),
    [navigate],
  );
  return { filter, change };
}

/** The part that the server filters by. */
export function wantedOf(filter: Filter, connection: string) {
  const { states, code, company, search, from, to, least, most } = filter;
  const given = Object.entries({ states, code, company, search, from, to, least: amount(least), most: amount(most) });
  return { connection, ...Object.fromEntries(given.filter(([, value]) => value !== '')) };
}

/** What is still being typed is not asked for. */
const amount = (text: string): string => (/^-?\d{1,15}(\.\d{1,4})?$/.test(text) ? text : '');

export const isFiltered = (filter: Filter): boolean =>
  [filter.states, filter.code, filter.company, filter.search, filter.from, filter.to, filter.least, filter.most].some(
    (value) => value !== '',
  );
