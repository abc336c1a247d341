/** What the next run would take, and why the rest stays out; looking changes nothing. */
import { Button, Group, NativeSelect, NumberInput, Text } from '@mantine/core';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { client, ok, type ReadyInvoice } from '../api.ts';
import { sumOf } from '../money.ts';
import { Empty, refused, said, Trouble, Waiting } from '../parts.tsx';
import { may, useConnection, useSession } from '../session.tsx';
import { told } from '../told.ts';
import { Amount } from './parts.tsx';
import { codeWord, words } from './words.ts';

interface Options {
  readonly numbering: string;
  readonly maxAgeDays: number | null;
}

const bodyOf = ({ numbering, maxAgeDays }: Options) => ({
  ...(numbering === '' ? {} : { numbering }),
  ...(maxAgeDays === null ? {} : { maxAgeDays }),
  emails: [],
});

export function Ready({ onOpen }: { onOpen: (id: number) => void }) {
  const { name } = useConnection();
  const { data: session } = useSession();
  const [options, setOptions] = useState<Options>({ numbering: '', maxAgeDays: null });
  const ready = useQuery({
    queryKey: ['ready', name, options],
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    queryFn: async () =>
      (
        await ok(
          client.POST('/api/v1/invoices/ready', {
            params: { query: { connection: name } },
            body: { ...bodyOf(options), mail: false },
          }),
        )
      ).invoices,
  });
  const mail = useMutation({
    mutationFn: () =>
      ok(
        client.POST('/api/v1/invoices/ready', {
          params: { query: { connection: name } },
          body: { ...bodyOf(options), mail: true },
        }),
      ),
    onSuccess: () => said(words.ready.mailed),
    onError: refused,
  });
  return (
    <div className="bk-ready">
      <Text className="lf-quiet">{words.ready.why}</Text>
      <Group gap="sm" align="flex-end" className="lf-no-print">
        <NativeSelect
          size="xs"
          label={words.ready.numbering}
          value={options.numbering}
          data={Object.entries(words.ready.numberings).map(([value, label]) => ({ value, label }))}
          onChange={(event) => setOptions({ ...options, numbering: event.currentTarget.value })}
        />
        <NumberInput
          size="xs"
          label={words.ready.age}
          placeholder={words.ready.asSet}
          min={1}
          max={365}
          clampBehavior="strict"
          hideControls
          w={150}
          value={options.maxAgeDays ?? ''}
          onChange={(value) => setOptions({ ...options, maxAgeDays: typeof value === 'number' ? value : null })}
        />
        <Button size="xs" variant="default" loading={ready.isFetching} onClick={() => void ready.refetch()}>
          {words.ready.look}
        </Button>
        {may(session, 'bookkeeper') ? (
          <Button size="xs" variant="default" loading={mail.isPending} onClick={() => mail.mutate()}>
            {words.ready.mail}
          </Button>
        ) : null}
      </Group>
      {ready.isPending ? <Waiting what={words.ready.looking} /> : null}
      {ready.isError ? <Trouble error={ready.error} again={() => void ready.refetch()} /> : null}
      {ready.data === undefined ? null : <Judged invoices={ready.data} onOpen={onOpen} />}
    </div>
  );
}

function Judged({ invoices, onOpen }: { invoices: readonly ReadyInvoice[]; onOpen: (id: number) => void }) {
  const go = invoices.filter((one) => one.ready);
  const stay = invoices.filter((one) => !one.ready);
  const reasons = [...new Set(stay.map((one) => one.reasons[0]?.code ?? ''))];
  const groups = reasons
    .map((code) => ({ code, rows: stay.filter((one) => (one.reasons[0]?.code ?? '') === code) }))
    .toSorted((a, b) => Number(a.code === 'already-in-quickbooks') - Number(b.code === 'already-in-quickbooks'));
  return (
    <>
      {go.length === 0 ? (
        <Empty title={words.ready.nothing}>{words.ready.nothingWhy}</Empty>
      ) : (
        <section className="lf-card">
          <h2 className="bk-title">
            {words.ready.go(go.length)} <Amount amount={sumOf(go.map((one) => one.totalWithTax))} />
          </h2>
          <ReadyRows rows={go} onOpen={onOpen} isGo />
        </section>
      )}
      {stay.length === 0 ? null : (
        <section className="lf-card">
          <h2 className="bk-title">{words.ready.stay(stay.length)}</h2>
          {groups.map(({ code, rows }) => (
            <details key={code} open={code !== 'already-in-quickbooks'}>
              <summary>
                {codeWord(code)} <span className="bk-why">{rows.length}</span>
              </summary>
              <ReadyRows rows={rows} onOpen={onOpen} />
            </details>
          ))}
        </section>
      )}
    </>
  );
}

const MOST_ROWS = 200;

function ReadyRows({
  rows,
  onOpen,
  isGo = false,
}: {
  rows: readonly ReadyInvoice[];
  onOpen: (id: number) => void;
  isGo?: boolean;
}) {
  const [isAll, setAll] = useState(false);
  const shown = isAll ? rows : rows.slice(0, MOST_ROWS);
  return (
    <div className="bk-scroll">
      <table className="bk-plain lf-cards">
        <thead>
          <tr>
            <th scope="col">{words.invoices.columns.number}</th>
            <th scope="col">{words.invoices.columns.company}</th>
            <th scope="col" className="bk-money">
              {words.ready.total}
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((one) => (
            <tr key={one.autotaskInvoiceId}>
              <td className="lf-nowrap">
                <button type="button" className="bk-link" onClick={() => onOpen(one.autotaskInvoiceId)}>
                  <bdi>{one.invoiceNumber === '' ? String(one.autotaskInvoiceId) : one.invoiceNumber}</bdi>
                </button>
              </td>
              <td className="lf-break" data-label={words.invoices.columns.company}>
                <bdi>{one.company}</bdi>
                {isGo ? null : (
                  <span className="bk-text bk-why">{one.reasons.map((reason) => told(reason.text)).join(' ')}</span>
                )}
              </td>
              <td className="bk-money" data-label={words.ready.total}>
                <Amount amount={one.totalWithTax} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > shown.length ? (
        <Button size="compact-sm" variant="default" onClick={() => setAll(true)}>
          {words.invoices.selectAll(rows.length)}
        </Button>
      ) : null}
    </div>
  );
}
