/** Every invoice that was seen: filtered, sorted and counted by the server, one page at a time; one of them open beside the table. */
import '../books/books.css';
import { Button, NativeSelect, SegmentedControl, Text, TextInput } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Fragment, useCallback, useEffect, useRef, useState } from 'react';
import { client, ok, type InvoiceTablePage, type Listed } from '../api.ts';
import { ActionDialog, useAct, type ActionName } from '../books/actions.tsx';
import { InvoiceDrawer } from '../books/drawer.tsx';
import { isFiltered, useFilter, wantedOf, type Filter } from '../books/filter.ts';
import { Amount, PrintButton } from '../books/parts.tsx';
import { Ready } from '../books/ready.tsx';
import { InvoiceTable } from '../books/table.tsx';
import { codeWord, words } from '../books/words.ts';
import { Download, Empty, Page, refused, Trouble, Waiting } from '../parts.tsx';
import { may, useConnection, useSession } from '../session.tsx';
import { stateWord, words as common } from '../words.ts';

const SIZE = 100;
const TYPING_MS = 200;
const FRESH_MS = 10_000;

export function Invoices() {
  const { filter, change } = useFilter();
  const open = (id: number, copy = 0): void => change({ id: String(id), copy: copy === 0 ? '' : String(copy) });
  return (
    <Page
      title={words.invoices.title}
      help="states"
      actions={
        <SegmentedControl
          size="xs"
          className="lf-no-print"
          value={filter.view === 'ready' ? 'ready' : 'all'}
          onChange={(view) => change({ view: view === 'all' ? '' : view, id: '' })}
          data={[
            { value: 'all', label: words.invoices.all },
            { value: 'ready', label: words.invoices.next },
          ]}
        />
      }
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

interface LedgerProps {
  readonly filter: Filter;
  readonly change: (patch: Partial<Filter>, replace?: boolean) => void;
  readonly onOpen: (id: number, copy: number) => void;
}

function usePageOf(filter: Filter) {
  const { name } = useConnection();
  const wanted = wantedOf(filter, name);
  const query = {
    ...wanted,
    page: Math.max(1, Number(filter.page) || 1),
    size: SIZE,
    sort: (filter.sort || 'id') as 'id',
    direction: (filter.direction || 'desc') as 'desc',
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

function Ledger({ filter, change, onOpen }: LedgerProps) {
  const { table, wanted, query, csv } = usePageOf(filter);
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
  const search = useKeys(letGo);
  const rows = table.data?.rows ?? [];
  const summary = table.data?.summary;
  const pages = Math.max(1, Math.ceil((summary?.count ?? 0) / SIZE));
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
  const selectAll = async (): Promise<void> => {
    try {
      select((await ok(client.GET('/api/v1/invoices/ids', { params: { query: wanted } }))).ids, true);
    } catch (error) {
      refused(error);
    }
  };
  return (
    <>
      <Filters filter={filter} change={change} summary={summary} search={search} csv={csv} />
      {table.isError && table.data === undefined ? (
        <Trouble error={table.error} again={() => void table.refetch()} />
      ) : null}
      {table.isPending ? <Loading /> : null}
      {summary === undefined || summary.count > 0 ? null : isFiltered(filter) ? (
        <Empty title={words.invoices.noMatch}>{words.invoices.noMatchWhy}</Empty>
      ) : (
        <Empty title={words.invoices.none}>{words.invoices.noneWhy}</Empty>
      )}
      {summary === undefined || summary.count === 0 ? null : (
        <>
          <Sums summary={summary} />
          <InvoiceTable
            rows={rows}
            selected={selected}
            sort={query.sort}
            direction={query.direction}
            isStale={table.isPlaceholderData}
            onSort={(sort) =>
              change({
                sort,
                page: '',
                direction: query.sort === sort && query.direction === 'desc' ? 'asc' : 'desc',
              })
            }
            onOpen={(row) => onOpen(row.autotaskInvoiceId, row.copyNumber)}
            onSelect={select}
          />
          <Pager page={query.page} pages={pages} onGo={(page) => change({ page: page === 1 ? '' : String(page) })} />
        </>
      )}
      {selected.size === 0 ? null : (
        <Bulk selected={selected} rows={rows} count={summary?.count ?? 0} onAll={selectAll} onLetGo={letGo} />
      )}
      {filter.id === '' ? null : (
        <InvoiceDrawer id={Number(filter.id)} copy={Number(filter.copy || 0)} onClose={close} onStep={step} />
      )}
    </>
  );
}

/** Here / searches the invoices, and Escape lets the selection go; the rest of the keys are the desk's. */
function useKeys(onEscape: () => void) {
  const search = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const { target } = event;
      const isTyping = target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
      if (document.querySelector('dialog[open]') !== null || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === '/' && !isTyping) {
        event.preventDefault();
        event.stopImmediatePropagation();
        search.current?.focus();
        search.current?.select();
      } else if (event.key === 'Escape' && !(target instanceof Element && target.closest('.bk-drawer') !== null)) {
        onEscape();
      }
    };
    window.addEventListener('keydown', press, { capture: true });
    return () => window.removeEventListener('keydown', press, { capture: true });
  }, [onEscape]);
  return search;
}

const Loading = () => (
  <div className="bk-loading">
    <Waiting what={words.invoices.loading} />
  </div>
);

type Summary = InvoiceTablePage['summary'];

/** A text that is told when the typing rests, so that each letter does not ask the server. */
function Rested({
  value,
  label,
  onRest,
  input,
  ...rest
}: {
  value: string;
  label: string;
  onRest: (text: string) => void;
  input?: React.Ref<HTMLInputElement>;
  className?: string;
  placeholder?: string;
  inputMode?: 'decimal';
}) {
  const [text, setText] = useState(value);
  const told = useRef(value);
  useEffect(() => {
    if (value === told.current) return;
    told.current = value;
    setText(value);
  }, [value]);
  useEffect(() => {
    if (text === told.current) return;
    const timer = setTimeout(() => {
      told.current = text;
      onRest(text);
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, onRest]);
  return (
    <TextInput
      {...rest}
      ref={input}
      size="xs"
      aria-label={label}
      value={text}
      maxLength={100}
      onChange={(event) => setText(event.currentTarget.value)}
    />
  );
}

interface FilterProps {
  readonly filter: Filter;
  readonly change: LedgerProps['change'];
  readonly summary: Summary | undefined;
}

function Filters({
  filter,
  change,
  summary,
  search,
  csv,
}: FilterProps & { search: React.Ref<HTMLInputElement>; csv: string }) {
  const onSearch = useCallback((text: string) => change({ search: text.trim(), page: '' }, true), [change]);
  const { invoices } = words;
  return (
    <div className="bk-filters lf-no-print" role="search">
      <Rested
        input={search}
        className="bk-search"
        label={invoices.search}
        placeholder={`${invoices.search}  /`}
        value={filter.search}
        onRest={onSearch}
      />
      <Choices filter={filter} change={change} summary={summary} />
      <Ranges filter={filter} change={change} />
      {isFiltered(filter) ? (
        <Button
          size="compact-sm"
          variant="subtle"
          onClick={() =>
            change({ states: '', code: '', company: '', search: '', from: '', to: '', least: '', most: '', page: '' })
          }
        >
          {invoices.clear}
        </Button>
      ) : null}
      <span className="bk-files">
        <Download size="xs" href={csv}>
          {invoices.csv}
        </Download>
        <PrintButton label={invoices.print} />
      </span>
    </div>
  );
}

/** State and reason with their counts; one that has none left stays to be seen while it is chosen. */
function Choices({ filter, change, summary }: FilterProps) {
  const { invoices } = words;
  const states = Object.keys(common.states).filter((state) => (summary?.states[state as 'seen'] ?? 0) > 0);
  const codes = summary?.codes ?? [];
  return (
    <>
      <NativeSelect
        size="xs"
        aria-label={invoices.state}
        value={filter.states}
        onChange={(event) => change({ states: event.currentTarget.value, page: '' })}
        data={[
          { value: '', label: invoices.anyState },
          ...states.map((state) => ({
            value: state,
            label: `${stateWord(state)} (${String(summary?.states[state as 'seen'] ?? 0)})`,
          })),
          ...(filter.states === '' || states.includes(filter.states)
            ? []
            : [{ value: filter.states, label: filter.states.split(',').map(stateWord).join(', ') }]),
        ]}
      />
      <NativeSelect
        size="xs"
        aria-label={invoices.reason}
        value={filter.code}
        onChange={(event) => change({ code: event.currentTarget.value, page: '' })}
        data={[
          { value: '', label: invoices.anyReason },
          ...codes.map(({ code, count }) => ({ value: code, label: `${codeWord(code)} (${String(count)})` })),
          ...(filter.code === '' || codes.some((one) => one.code === filter.code)
            ? []
            : [{ value: filter.code, label: codeWord(filter.code) }]),
        ]}
      />
      {filter.company === '' ? null : (
        <Button size="compact-sm" variant="default" onClick={() => change({ company: '', page: '' })}>
          {invoices.only(filter.company)} ✕
        </Button>
      )}
    </>
  );
}

/** From and to, of dates and of totals. */
function Ranges({ filter, change }: Pick<FilterProps, 'filter' | 'change'>) {
  const { invoices } = words;
  const onLeast = useCallback((text: string) => change({ least: text.trim(), page: '' }, true), [change]);
  const onMost = useCallback((text: string) => change({ most: text.trim(), page: '' }, true), [change]);
  const dates = [
    ['from', invoices.from, invoices.from],
    ['to', invoices.to, `${invoices.from} ${invoices.to}`],
  ] as const;
  return (
    <>
      <span className="bk-range">
        {dates.map(([key, word, label]) => (
          <Fragment key={key}>
            <Text span size="xs">
              {word}
            </Text>
            <input
              type="date"
              aria-label={label}
              value={filter[key]}
              onChange={(event) => change({ [key]: event.currentTarget.value, page: '' }, true)}
            />
          </Fragment>
        ))}
      </span>
      <span className="bk-range">
        <Text span size="xs">
          {invoices.least}
        </Text>
        <Rested label={invoices.least} inputMode="decimal" value={filter.least} onRest={onLeast} />
        <Text span size="xs">
          {invoices.most}
        </Text>
        <Rested label={`${invoices.least} ${invoices.most}`} inputMode="decimal" value={filter.most} onRest={onMost} />
      </span>
    </>
  );
}

const Sums = ({ summary }: { summary: Summary }) => (
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
);

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

/** What is done to all that are selected, on this page and on others. */
function Bulk({
  selected,
  rows,
  count,
  onAll,
  onLetGo,
}: {
  selected: ReadonlySet<number>;
  rows: readonly Listed[];
  count: number;
  onAll: () => Promise<void>;
  onLetGo: () => void;
}) {
  const { data: session } = useSession();
  const [asked, setAsked] = useState<ActionName | null>(null);
  const act = useAct(onLetGo);
  const ids = [...selected];
  const here = rows.filter((row) => selected.has(row.autotaskInvoiceId));
  const held = here.find((row) => row.state === 'held')?.problems.find((one) => one.code === 'on-hold')?.text ?? null;
  const isBook = may(session, 'bookkeeper');
  return (
    <div className="bk-bulk lf-no-print" role="region" aria-label={words.invoices.selected(selected.size)}>
      <strong>{words.invoices.selected(selected.size)}</strong>
      {count > selected.size ? (
        <Button size="compact-sm" variant="default" onClick={() => void onAll()}>
          {words.invoices.selectAll(count)}
        </Button>
      ) : null}
      {may(session, 'reviewer') && here.some((row) => row.awaitsApproval !== null) ? (
        <Button
          size="compact-sm"
          title={words.actions.approveWhy}
          loading={act.isPending}
          onClick={() => act.mutate((all) => all.approve(ids))}
        >
          {words.actions.approve}
        </Button>
      ) : null}
      {isBook ? (
        <>
          <Button size="compact-sm" variant="default" onClick={() => setAsked('sync')}>
            {words.actions.syncSelected}
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => setAsked('hold')}>
            {words.actions.hold}
          </Button>
          <Button
            size="compact-sm"
            variant="default"
            loading={act.isPending}
            onClick={() => act.mutate((all) => all.release(ids, held))}
          >
            {words.actions.release}
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => setAsked('mark-done')}>
            {words.actions.markDone}
          </Button>
        </>
      ) : null}
      <Button size="compact-sm" variant="subtle" onClick={onLetGo}>
        {words.invoices.letGo}
      </Button>
      {asked === null ? null : (
        <ActionDialog
          action={asked}
          ids={ids}
          onClose={() => setAsked(null)}
          onDone={() => {
            setAsked(null);
            onLetGo();
          }}
        />
      )}
    </div>
  );
}
