/** What the invoice table is narrowed down to: a search, state and reason with their counts, dates, totals. */
import { Button, NativeSelect, Text, TextInput } from '@mantine/core';
import { Fragment, memo, useCallback, useEffect, useRef, useState } from 'react';
import type { InvoiceTablePage } from '../api.ts';
import { Download } from '../parts.tsx';
import { stateWord, words as common } from '../words.ts';
import { amountOf, isFiltered, narrowing, type Filter, type useFilter } from './filter.ts';
import { PrintButton } from './parts.tsx';
import { codeWord, words } from './words.ts';

const TYPING_MS = 200;

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
  error?: boolean;
  'aria-describedby'?: string | undefined;
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
  readonly change: ReturnType<typeof useFilter>['change'];
  readonly summary: InvoiceTablePage['summary'] | undefined;
}

export const Filters = memo(function Filters({
  filter,
  change,
  summary,
  search,
  csv,
}: FilterProps & { search: React.Ref<HTMLInputElement>; csv: string }) {
  const onSearch = useCallback((text: string) => change({ search: text.trim(), page: '' }, true), [change]);
  const { invoices } = words;
  const [isOpen, setOpen] = useState(false);
  const chosen = narrowing.filter((key) => key !== 'search').map((key) => filter[key]);
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
      {/* A phone shows the invoices first: there the rest is folded away. */}
      <Button
        className="bk-fold"
        size="xs"
        variant="default"
        aria-expanded={isOpen}
        aria-controls="bk-more"
        onClick={() => setOpen(!isOpen)}
      >
        {invoices.filters(chosen.filter((value) => value !== '').length)}
      </Button>
      <div id="bk-more" className="bk-more" data-open={isOpen}>
        <Choices filter={filter} change={change} summary={summary} />
        <Ranges filter={filter} change={change} />
      </div>
      {isFiltered(filter) ? (
        <Button
          size="compact-sm"
          variant="subtle"
          onClick={() => change(Object.fromEntries([...narrowing, 'page'].map((key) => [key, ''])))}
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
});

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
      {filter.cause === '' ? null : (
        <Button size="compact-sm" variant="default" onClick={() => change({ cause: '', page: '' })}>
          {invoices.oneCause} ✕
        </Button>
      )}
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
  const isWrong = { least: amountOf(filter.least) === null, most: amountOf(filter.most) === null };
  const why = isWrong.least || isWrong.most ? 'bk-no-amount' : undefined;
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
        <Rested
          label={invoices.least}
          inputMode="decimal"
          value={filter.least}
          error={isWrong.least}
          aria-describedby={why}
          onRest={onLeast}
        />
        <Text span size="xs">
          {invoices.most}
        </Text>
        <Rested
          label={`${invoices.least} ${invoices.most}`}
          inputMode="decimal"
          value={filter.most}
          error={isWrong.most}
          aria-describedby={why}
          onRest={onMost}
        />
        {why === undefined ? null : (
          <span id={why} role="alert" className="bk-wrong">
            {invoices.noAmount}
          </span>
        )}
      </span>
    </>
  );
}
