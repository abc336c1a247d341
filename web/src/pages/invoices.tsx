/** Every invoice that was seen: filtered, sorted and counted by the server, one page at a time; one of them open beside the table. */
import '../books/books.css';
import { Button, SegmentedControl } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { memo, useCallback, useDeferredValue, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { afterPaint } from '../after-paint.ts';
import { client, ok, type InvoiceTablePage, type Listed } from '../api.ts';
import { Bulk } from '../books/bulk.tsx';
import { InvoiceDrawer } from '../books/drawer.tsx';
import { isFiltered, useFilter, wantedOf, type Change, type Filter } from '../books/filter.ts';
import { Filters } from '../books/filters.tsx';
import { Amount } from '../books/parts.tsx';
import { Ready } from '../books/ready.tsx';
import { InvoiceTable, type TableProps } from '../books/table.tsx';
import { words } from '../books/words.ts';
import { Empty, Page, refused, Trouble, Waiting } from '../parts.tsx';
import { useConnection } from '../session.tsx';
import { words as common } from '../words.ts';

const SIZE = 50;
const FRESH_MS = 10_000;

export function Invoices() {
  const { filter, change } = useFilter();
  const open = useCallback(
    (id: number, copy = 0) => afterPaint(() => change({ id: String(id), copy: copy === 0 ? '' : String(copy) })),
    [change],
  );
  return (
    <Page
      title={common.nav.invoices}
      help="states"
      actions={<Views isReady={filter.view === 'ready'} change={change} />}
    >
      {filter.view === 'ready' ? (
        <>
          <Ready onOpen={open} />
          {filter.id === '' ? null : (
            <InvoiceDrawer id={Number(filter.id)} copy={0} onClose={() => change({ id: '' })} onStep={null} />
          )}
        </>
      ) : (
        <Ledger filter={filter} change={change} onOpen={open} />
      )}
    </Page>
  );
}

const Views = memo(({ isReady, change }: { isReady: boolean; change: LedgerProps['change'] }) => (
  <SegmentedControl
    size="xs"
    className="lf-no-print"
    value={isReady ? 'ready' : 'all'}
    onChange={(view) => change({ view: view === 'all' ? '' : view, id: '' })}
    data={[
      { value: 'all', label: words.invoices.all },
      { value: 'ready', label: words.invoices.next },
    ]}
  />
));

interface LedgerProps {
  readonly filter: Filter;
  readonly change: (patch: Change, replace?: boolean) => void;
  readonly onOpen: (id: number, copy: number) => void;
}

const sortOf = ({ sort, direction }: Filter) => ({ sort: sort || 'id', direction: direction || 'desc' });

/** The first click on a column sorts downwards, the next one turns round. */
function sortedBy(by: string, now: Filter): Partial<Filter> {
  const { sort, direction } = sortOf(now);
  return { sort: by, page: '', direction: sort === by && direction === 'desc' ? 'asc' : 'desc' };
}

function usePageOf(filter: Filter) {
  const { name } = useConnection();
  const wanted = wantedOf(filter, name);
  const query = {
    ...wanted,
    page: Math.max(1, Number(filter.page) || 1),
    size: SIZE,
    ...(sortOf(filter) as { sort: 'id'; direction: 'desc' }),
  };
  const table = useQuery({
    queryKey: ['invoices', query],
    placeholderData: keepPreviousData,
    refetchInterval: FRESH_MS,
    queryFn: () => ok(client.GET('/api/v1/invoices/table', { params: { query } })),
  });
  const file = new URLSearchParams({ ...wanted, sort: query.sort, direction: query.direction });
  return { table, wanted, query, csv: `/api/v1/invoices/csv?${file.toString()}` };
}

const NO_ROWS: readonly Listed[] = [];

/** What the list is asked for. The open invoice is none of it: opening and stepping draw the list not anew. */
function useListed(filter: Filter): Filter {
  const key = JSON.stringify({ ...filter, id: '', copy: '' });
  return useMemo(() => JSON.parse(key) as Filter, [key]);
}

function Ledger({ filter, change, onOpen }: LedgerProps) {
  const listed = useListed(filter);
  // A click is answered first; the rows and the open invoice follow in pieces that let the next click in.
  const { table, wanted, query, csv } = usePageOf(useDeferredValue(listed));
  const shown = useDeferredValue(filter);
  const search = useSearchKey();
  const rows = table.data?.rows ?? NO_ROWS;
  const summary = table.data?.summary;
  const { sort, direction } = query;
  const onSort = useCallback((by: string) => afterPaint(() => change((now) => sortedBy(by, now))), [change]);
  useClosing(change);
  return (
    <>
      <Filters filter={listed} change={change} summary={summary} search={search} csv={csv} />
      {table.isError && table.data === undefined ? (
        <Trouble error={table.error} again={() => void table.refetch()} />
      ) : null}
      {table.isPending ? <Loading /> : null}
      {summary === undefined || summary.count > 0 ? null : isFiltered(filter) ? (
        <Empty title={words.invoices.noMatch}>{words.invoices.noMatchWhy}</Empty>
      ) : (
        <Empty title={words.invoices.none}>{words.invoices.noneWhy}</Empty>
      )}
      {summary === undefined || summary.count === 0 ? null : <Sums summary={summary} />}
      <Chosen
        rows={rows}
        count={summary?.count ?? 0}
        wanted={wanted}
        sort={sort}
        direction={direction}
        isStale={table.isPlaceholderData}
        onSort={onSort}
        onOpen={onOpen}
      >
        <Pager
          page={query.page}
          pages={Math.max(1, Math.ceil((summary?.count ?? 0) / SIZE))}
          onGo={(page) => change({ page: page === 1 ? '' : String(page) })}
        />
      </Chosen>
      {shown.id === '' ? null : <Opened filter={shown} change={change} rows={rows} />}
    </>
  );
}

/** The open invoice, with the ways to the one before and after it. */
function Opened({ filter, change, rows }: Omit<LedgerProps, 'onOpen'> & { rows: readonly Listed[] }) {
  const close = (): void => {
    change({ id: '', copy: '' });
    requestAnimationFrame(() => document.querySelector<HTMLElement>('.bk-table tr[tabindex="0"]')?.focus());
  };
  const step = (by: 1 | -1): void => {
    const at = rows.findIndex(
      (row) => String(row.autotaskInvoiceId) === filter.id && String(row.copyNumber) === (filter.copy || '0'),
    );
    const next = rows[at + by];
    if (next !== undefined)
      change({ id: String(next.autotaskInvoiceId), copy: next.copyNumber === 0 ? '' : String(next.copyNumber) }, true);
  };
  return <InvoiceDrawer id={Number(filter.id)} copy={Number(filter.copy || 0)} onClose={close} onStep={step} />;
}

interface ChosenProps extends Omit<TableProps, 'selected' | 'onSelect' | 'onOpen'> {
  readonly count: number;
  readonly wanted: ReturnType<typeof wantedOf>;
  readonly onOpen: (id: number, copy: number) => void;
  /** Below the table. */
  readonly children: ReactNode;
}

/** The table and what is done to the rows that are ticked: a tick draws these two and nothing else of the page. */
const Chosen = memo(function Chosen({ count, wanted, onOpen, children, ...table }: ChosenProps) {
  const { rows } = table;
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
  const select = useCallback(
    (ids: readonly number[], isOn: boolean) =>
      setSelected((now) => {
        const next = new Set(now);
        for (const id of ids)
          if (isOn) next.add(id);
          else next.delete(id);
        return next;
      }),
    [],
  );
  const letGo = useCallback(() => setSelected(new Set()), []);
  useEscape(letGo);
  const open = useCallback((row: Listed) => onOpen(row.autotaskInvoiceId, row.copyNumber), [onOpen]);
  // The tick is answered first; the bar, which does what it says to those it counts, follows.
  const told = useDeferredValue(selected);
  const selectAll = useCallback(async (): Promise<void> => {
    try {
      select((await ok(client.GET('/api/v1/invoices/ids', { params: { query: wanted } }))).ids, true);
    } catch (error) {
      refused(error);
    }
  }, [select, wanted]);
  return (
    <>
      {count === 0 ? null : (
        <>
          <InvoiceTable {...table} selected={selected} onOpen={open} onSelect={select} />
          {children}
        </>
      )}
      {told.size === 0 ? null : <Bulk selected={told} rows={rows} count={count} onAll={selectAll} onLetGo={letGo} />}
    </>
  );
});

/** Keys of this page; none of them counts in a dialog or with a modifier. */
function usePageKey(key: string, act: (event: KeyboardEvent) => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.key !== key || event.ctrlKey || event.metaKey || event.altKey) return;
      if (document.querySelector('dialog[open]') === null) act(event);
    };
    window.addEventListener('keydown', press, { capture: true });
    return () => window.removeEventListener('keydown', press, { capture: true });
  }, [key, act]);
}

/** Here / searches the invoices; the rest of the keys are the desk's. */
function useSearchKey() {
  const search = useRef<HTMLInputElement>(null);
  const find = useCallback((event: KeyboardEvent) => {
    const { target } = event;
    if (target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    search.current?.focus();
    search.current?.select();
  }, []);
  usePageKey('/', find);
  return search;
}

const isInDrawer = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest('.bk-drawer') !== null;

/** By the address, which is ahead of what is drawn. */
const isOpened = (): boolean => new URLSearchParams(window.location.search).has('id');

/** Escape closes the open invoice also before it is drawn, or while the reader is in the list; within it, it knows itself. */
function useClosing(change: LedgerProps['change']): void {
  const escape = useCallback(
    ({ target }: KeyboardEvent) => {
      if (isOpened() && !isInDrawer(target)) change({ id: '', copy: '' });
    },
    [change],
  );
  usePageKey('Escape', escape);
}

/** Escape lets the selection go, unless it closes the open invoice. */
function useEscape(letGo: () => void): void {
  const escape = useCallback(
    ({ target }: KeyboardEvent) => {
      if (!isOpened() && !isInDrawer(target)) letGo();
    },
    [letGo],
  );
  usePageKey('Escape', escape);
}

const Loading = () => (
  <div className="bk-loading">
    <Waiting what={words.invoices.loading} />
  </div>
);

type Summary = InvoiceTablePage['summary'];

const Sums = memo(({ summary }: { summary: Summary }) => (
  <p className="bk-sums" aria-live="polite">
    <strong>{words.invoices.count(summary.count)}</strong>
    {summary.sums.map((sum) => (
      <span key={sum.currency ?? ''}>
        {words.invoices.columns.total} <Amount amount={sum.total} currency={sum.currency} />
        <span className="bk-dot" aria-hidden="true" />
        {words.invoices.columns.quickbooks} <Amount amount={sum.quickbooksTotal} currency={sum.currency} />
        {sum.currency === null ? <span className="bk-why">{words.invoices.homeCurrency}</span> : null}
      </span>
    ))}
  </p>
));

function Pager({ page, pages, onGo }: { page: number; pages: number; onGo: (page: number) => void }) {
  return (
    <nav className="bk-pager lf-no-print" aria-label={words.invoices.page(page, pages)}>
      <span className="lf-quiet">{words.invoices.keys}</span>
      <span>
        <Button
          size="compact-sm"
          variant="default"
          aria-label={words.invoices.before}
          disabled={page <= 1}
          onClick={() => onGo(page - 1)}
        >
          ←
        </Button>
        <span>{words.invoices.page(page, pages)}</span>
        <Button
          size="compact-sm"
          variant="default"
          aria-label={words.invoices.after}
          disabled={page >= pages}
          onClick={() => onGo(page + 1)}
        >
          →
        </Button>
      </span>
    </nav>
  );
}
