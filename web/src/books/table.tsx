/**
 * The invoice table: a page of rows that the arrow keys walk. Rows are remembered and the clicks are caught once for all of
 * them, so that a key press draws two rows and not a hundred.
 */
import { memo, useCallback, useRef, useState, type KeyboardEvent, type MouseEvent } from 'react';
import type { Listed } from '../api.ts';
import { day } from '../dates.ts';
import { Amount, StateMark } from './parts.tsx';
import { codeWord, words } from './words.ts';
import { told } from '../told.ts';

const heads: readonly { readonly sort: string; readonly label: string; readonly isMoney?: boolean }[] = [
  { sort: 'state', label: words.invoices.columns.state },
  { sort: 'id', label: words.invoices.columns.number },
  { sort: 'company', label: words.invoices.columns.company },
  { sort: 'date', label: words.invoices.columns.date },
  { sort: 'total', label: words.invoices.columns.total, isMoney: true },
  { sort: '', label: words.invoices.columns.quickbooks, isMoney: true },
  { sort: '', label: words.invoices.columns.quickbooksNumber },
  { sort: '', label: words.invoices.columns.balance, isMoney: true },
];

export interface TableProps {
  readonly rows: readonly Listed[];
  readonly selected: ReadonlySet<number>;
  readonly sort: string;
  readonly direction: string;
  readonly isStale: boolean;
  readonly onSort: (sort: string) => void;
  readonly onOpen: (row: Listed) => void;
  readonly onSelect: (ids: readonly number[], isOn: boolean) => void;
}

/** A name with more letters is cut off after its second line. */
const LONG_NAME = 40;

const moveOf = (key: string, index: number, last: number): number | undefined => {
  const moves: Readonly<Record<string, number>> = {
    ArrowDown: index + 1,
    j: index + 1,
    ArrowUp: index - 1,
    k: index - 1,
    Home: 0,
    End: last,
    PageDown: index + 10,
    PageUp: index - 10,
  };
  const to = moves[key];
  return to === undefined ? undefined : Math.max(0, Math.min(last, to));
};

const rowAt = (target: EventTarget): number | null => {
  const row = target instanceof Element ? target.closest<HTMLElement>('tr[data-at]') : null;
  return row === null ? null : Number(row.dataset['at']);
};

const keyOf = (row: Listed | undefined): string =>
  row === undefined ? '' : `${String(row.autotaskInvoiceId)}-${String(row.copyNumber)}`;

/**
 * Where the keyboard stands among the rows, and what keys and clicks do there; Shift selects a range. It stands on an invoice,
 * not on a number: rows that come fresh from the server leave it where it is.
 */
function useWalk({ rows, selected, onOpen, onSelect }: TableProps) {
  const body = useRef<HTMLTableSectionElement>(null);
  const [atKey, setAt] = useState('');
  const last = useRef('');
  const indexOf = (key: string): number => rows.findIndex((row) => keyOf(row) === key);
  const at = Math.max(0, indexOf(atKey));
  const go = (to: number): void => {
    setAt(keyOf(rows[to]));
    body.current?.querySelector<HTMLElement>(`tr[data-at="${String(to)}"]`)?.focus();
  };
  const toggle = (index: number, range: boolean): void => {
    const row = rows[index];
    if (row === undefined) return;
    const from = indexOf(last.current);
    const start = range && from >= 0 ? from : index;
    const chosen = rows.slice(Math.min(start, index), Math.max(start, index) + 1);
    onSelect(
      chosen.map((one) => one.autotaskInvoiceId),
      !selected.has(row.autotaskInvoiceId),
    );
    last.current = keyOf(row);
  };
  const press = (event: KeyboardEvent): void => {
    const index = rowAt(event.target);
    if (index === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const to = moveOf(event.key, index, rows.length - 1);
    const row = rows[index];
    if (to !== undefined) go(to);
    else if (event.key === 'Enter' && row !== undefined) onOpen(row);
    else if (event.key === ' ' || event.key === 'x') toggle(index, event.shiftKey);
    else return;
    event.preventDefault();
    if (event.shiftKey && to !== undefined) toggle(to, true);
  };
  const click = (event: MouseEvent): void => {
    const index = rowAt(event.target);
    if (index === null) return;
    const row = rows[index];
    setAt(keyOf(row));
    if ((event.target as Element).closest('.bk-check') !== null) toggle(index, event.shiftKey);
    else if (row !== undefined && window.getSelection()?.isCollapsed !== false) onOpen(row);
  };
  return { body, at, press, click };
}

export const InvoiceTable = memo(function InvoiceTable(props: TableProps) {
  const { rows, selected, isStale, sort, direction, onSort, onSelect } = props;
  const { body, at, press, click } = useWalk(props);
  const onAll = useCallback(
    (isOn: boolean) =>
      onSelect(
        rows.map((row) => row.autotaskInvoiceId),
        isOn,
      ),
    [rows, onSelect],
  );
  const isAll = rows.length > 0 && rows.every((row) => selected.has(row.autotaskInvoiceId));
  return (
    <div className="bk-scroll" data-stale={isStale}>
      <table className="bk-table" role="grid" aria-label={words.invoices.table} aria-multiselectable="true">
        <TableHead isAll={isAll} sort={sort} direction={direction} onSort={onSort} onAll={onAll} />
        <tbody ref={body} role="rowgroup" onKeyDown={press} onClick={click}>
          {rows.map((row, index) => (
            <Row
              key={keyOf(row)}
              row={row}
              index={index}
              isSelected={selected.has(row.autotaskInvoiceId)}
              isAt={index === at}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
});

interface HeadProps extends Pick<TableProps, 'sort' | 'direction' | 'onSort'> {
  readonly isAll: boolean;
  readonly onAll: (isOn: boolean) => void;
}

/** A tick changes nothing here, as a rule. */
const TableHead = memo(function TableHead({ isAll, sort, direction, onSort, onAll }: HeadProps) {
  const order = direction === 'asc' ? 'ascending' : 'descending';
  return (
    <thead role="rowgroup">
      <tr role="row">
        <th role="columnheader" className="bk-check">
          <input
            type="checkbox"
            aria-label={words.invoices.selectPage}
            checked={isAll}
            onChange={() => onAll(!isAll)}
          />
        </th>
        {heads.map((head) => (
          <th
            key={head.label}
            role="columnheader"
            className={head.isMoney === true ? 'bk-money' : undefined}
            aria-sort={head.sort === '' || head.sort !== sort ? undefined : order}
          >
            {head.sort === '' ? (
              head.label
            ) : (
              <button type="button" onClick={() => onSort(head.sort)}>
                {head.label}
                <span aria-hidden="true">{head.sort !== sort ? '' : direction === 'asc' ? ' ↑' : ' ↓'}</span>
              </button>
            )}
          </th>
        ))}
      </tr>
    </thead>
  );
});

const Row = memo(function Row({
  row,
  index,
  isSelected,
  isAt,
}: {
  row: Listed;
  index: number;
  isSelected: boolean;
  isAt: boolean;
}) {
  const id = String(row.autotaskInvoiceId);
  return (
    <tr role="row" data-at={index} tabIndex={isAt ? 0 : -1} aria-selected={isSelected}>
      <td role="gridcell" className="bk-check">
        <input
          type="checkbox"
          tabIndex={-1}
          readOnly
          checked={isSelected}
          aria-label={`${words.invoices.columns.select} ${id}`}
        />
      </td>
      <Cells row={row} />
    </tr>
  );
});

/** What a tick or a step of the keyboard does not change. */
const Cells = memo(function Cells({ row }: { row: Listed }) {
  const [problem] = row.problems;
  const id = String(row.autotaskInvoiceId);
  return (
    <>
      <td role="gridcell" className="bk-state">
        <StateMark row={row} />
        {problem === undefined ? null : (
          <span className="bk-why" title={told(problem.text)}>
            {codeWord(problem.code)}
          </span>
        )}
      </td>
      <td role="gridcell" className="bk-number">
        <bdi>{row.invoiceNumber === '' ? id : row.invoiceNumber}</bdi>
        {row.copyNumber > 0 ? <span className="bk-why">{words.invoices.copy(row.copyNumber)}</span> : null}
        {row.invoiceNumber === '' ? null : <span className="bk-why">{id}</span>}
      </td>
      <td role="gridcell" className="bk-company">
        <bdi title={row.company} data-long={row.company.length > LONG_NAME}>
          {row.company}
        </bdi>
      </td>
      <td role="gridcell" className="bk-date">
        {day(row.invoiceDate)}
      </td>
      <td role="gridcell" className="bk-money">
        <Amount amount={row.total} currency={row.currency} />
      </td>
      <td role="gridcell" className="bk-money" data-differs={differs(row)}>
        <Amount amount={row.quickbooksTotal} />
      </td>
      <td role="gridcell" className="bk-qb">
        <bdi>{row.quickbooksNumber}</bdi>
      </td>
      <td role="gridcell" className="bk-money bk-open">
        {row.paidOn === null ? <Amount amount={row.balance} /> : <span className="bk-why">{words.invoices.paid}</span>}
      </td>
    </>
  );
});

/** Posted, and not to the cent; shown amounts of both sides have at least two decimals. */
function differs(row: Listed): boolean {
  if (row.quickbooksTotal === '' || row.total === '' || row.state === 'voided') return false;
  return row.problems.some((one) => one.code === 'differs-after-post');
}
