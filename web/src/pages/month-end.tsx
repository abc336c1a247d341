/** A month on both sides: every Autotask invoice beside its QuickBooks invoice, to the cent. Its comparison is a run. */
import '../books/books.css';
import { Button, Checkbox, Group, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link as RouterLink, useNavigate, useRouterState } from '@tanstack/react-router';
import { client, ok, type Reconciliation } from '../api.ts';
import { useLiveRun } from '../books/live.ts';
import { Amount, Mark, PrintButton } from '../books/parts.tsx';
import { needsLook } from '../books/proof-row.ts';
import { words } from '../books/words.ts';
import { exact } from '../money.ts';
import { day } from '../dates.ts';
import { Download, Empty, Page, refused, Trouble, Waiting, when } from '../parts.tsx';
import { isOver } from '../run-events.ts';
import { useConnection } from '../session.tsx';
import { told } from '../told.ts';
import { stateWord, words as common } from '../words.ts';

interface Place {
  readonly month: string;
  readonly run: string;
  readonly only: boolean;
}

/** The month before this one is the one that is being closed. */
const lastMonth = (): string => {
  const now = new Date();
  const before = new Date(Date.UTC(now.getFullYear(), now.getMonth() - 1, 1));
  return before.toISOString().slice(0, 7);
};
const monthOf = (value: unknown): string =>
  typeof value === 'string' && /^\d{4}-\d{2}$/.test(value) ? value : lastMonth();
const lastDay = (month: string): string =>
  new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).toISOString().slice(0, 10);

function usePlace(): { place: Place; go: (patch: Partial<Place>) => void } {
  const navigate = useNavigate();
  const search = useRouterState({ select: (state) => state.location.search as Record<string, unknown> });
  const place = {
    month: monthOf(search['month']),
    run: typeof search['run'] === 'string' ? search['run'] : '',
    only: search['only'] === 1,
  };
  const go = (patch: Partial<Place>): void => {
    const { month, run, only } = { ...place, ...patch };
    void navigate({
      to: '/month-end',
      resetScroll: false,
      search: { month, ...(run === '' ? {} : { run }), ...(only ? { only: 1 } : {}) } as never,
    });
  };
  return { place, go };
}

export function MonthEnd() {
  const { name } = useConnection();
  const { place, go } = usePlace();
  const queries = useQueryClient();
  const period = { from: `${place.month}-01`, to: lastDay(place.month) };
  // What was compared before is not forgotten: the newest comparison of the month stands here until another is chosen.
  const before = useQuery({
    queryKey: ['proofs', name, place.month],
    enabled: place.run === '',
    queryFn: async () =>
      (await ok(client.GET('/api/v1/reconciliations', { params: { query: { connection: name, ...period } } }))).run,
  });
  const run = place.run === '' ? (before.data?.id ?? '') : place.run;
  const ask = useMutation({
    mutationFn: async () =>
      (
        await ok(
          client.POST('/api/v1/reconciliations', {
            params: { query: { connection: name } },
            body: period,
          }),
        )
      ).run,
    onSuccess: (run) => {
      for (const key of ['runs', 'proofs']) void queries.invalidateQueries({ queryKey: [key] });
      go({ run: run.id });
    },
    onError: refused,
  });
  return (
    <Page title={common.nav.monthEnd} help="reconcile">
      <Group gap="sm" align="flex-end" className="lf-no-print">
        <TextInput
          type="month"
          size="xs"
          label={words.month.month}
          value={place.month}
          onChange={(event) => event.currentTarget.value !== '' && go({ month: event.currentTarget.value, run: '' })}
        />
        <Button size="xs" loading={ask.isPending} onClick={() => ask.mutate()}>
          {run === '' ? words.month.compare : words.month.again}
        </Button>
      </Group>
      {place.run === '' && before.isPending ? (
        <Waiting what={words.month.looking} />
      ) : run === '' ? (
        <Empty title={words.month.start}>
          {words.month.why}
          <br />
          {words.month.signOff}
        </Empty>
      ) : (
        <Comparison key={run} place={{ ...place, run }} go={go} />
      )}
    </Page>
  );
}

function Comparison({ place, go }: { place: Place; go: (patch: Partial<Place>) => void }) {
  const { name } = useConnection();
  const live = useLiveRun(name, place.run);
  const isDone = live.data !== undefined && isOver(live.data.run);
  const proof = useQuery({
    queryKey: ['reconciliation', name, place.run],
    enabled: isDone,
    staleTime: Infinity,
    queryFn: () =>
      ok(
        client.GET('/api/v1/reconciliations/{id}', {
          params: { path: { id: place.run }, query: { connection: name } },
        }),
      ),
  });
  const failure = live.data?.run.failure ?? null;
  if (live.isError && live.data === undefined) return <Trouble error={live.error} again={() => void live.refetch()} />;
  if (failure !== null) return <Trouble error={new Error(failure)} />;
  if (proof.isError) return <Trouble error={proof.error} again={() => void proof.refetch()} />;
  if (proof.data?.reconciliation == null) {
    const progress = live.data?.run.progress;
    return (
      <div className="bk-loading">
        <Waiting what={progress == null ? words.month.comparing : `${words.month.comparing}: ${progress.step}`} />
      </div>
    );
  }
  return <Proof proof={proof.data.reconciliation} endedAt={proof.data.run.endedAt} place={place} go={go} />;
}

function Proof({
  proof,
  endedAt,
  place,
  go,
}: {
  proof: Reconciliation;
  endedAt: string | null;
  place: Place;
  go: (patch: Partial<Place>) => void;
}) {
  const { name } = useConnection();
  const { sums } = proof;
  const looks = proof.rows.filter(needsLook);
  const rows = place.only ? looks : proof.rows;
  const file = `/api/v1/runs/${place.run}/csv?connection=${encodeURIComponent(name)}`;
  if (proof.rows.length === 0) return <Empty title={words.month.nothing}>{words.month.why}</Empty>;
  return (
    <>
      <section className="lf-card">
        <Group justify="space-between" align="flex-start">
          <div>
            <h2 className="bk-title">
              {looks.length === 0
                ? words.month.agree(sums.invoices)
                : words.month.differ(looks.length, proof.rows.length)}
            </h2>
            <Text className="lf-quiet">{`${proof.from} – ${proof.to}. ${words.month.at(when(endedAt))}`}</Text>
          </div>
          <Group gap="xs">
            <Download size="xs" href={file}>
              {words.month.csv}
            </Download>
            <PrintButton label={words.month.print} />
          </Group>
        </Group>
        <Sums sums={sums} />
      </section>
      {proof.findings.length === 0 ? null : <Findings findings={proof.findings} />}
      <section className="lf-card">
        <Group justify="space-between" mb="xs">
          <h2 className="bk-title">{words.month.rows}</h2>
          <Checkbox
            className="lf-no-print"
            label={words.month.only}
            checked={place.only}
            onChange={(event) => go({ only: event.currentTarget.checked })}
          />
        </Group>
        <Rows rows={rows} isMixed={sums.currencies.length > 1} />
      </section>
      <Text className="lf-quiet lf-no-print">{words.month.signOff}</Text>
    </>
  );
}

type ProofRow = Reconciliation['rows'][number];

function Sums({ sums }: { sums: Reconciliation['sums'] }) {
  const { month } = words;
  return (
    <div className="bk-scroll">
      <table className="bk-plain lf-cards">
        <thead>
          <tr>
            <th scope="col">{month.sums}</th>
            <th scope="col" className="bk-money">
              {month.invoices}
            </th>
            <th scope="col" className="bk-money">
              {month.net}
            </th>
            <th scope="col" className="bk-money">
              {month.tax}
            </th>
            <th scope="col" className="bk-money">
              {month.total}
            </th>
          </tr>
        </thead>
        {sums.currencies.map((one) => (
          <tbody key={one.currency}>
            <Side name={month.autotask} side={one.autotask} currency={one.currency} />
            <Side name={month.quickbooks} side={one.quickbooks} currency={one.currency} />
            <tr>
              <th scope="row">{month.difference}</th>
              <td colSpan={3} data-label="" />
              <td className="bk-money" data-label={month.total} data-differs={exact(one.difference) !== 0n}>
                <Amount amount={one.difference} currency={one.currency} />
              </td>
            </tr>
          </tbody>
        ))}
      </table>
    </div>
  );
}

const Side = ({
  name,
  side,
  currency,
}: {
  name: string;
  side: Reconciliation['sums']['currencies'][number]['autotask'];
  currency: string;
}) => (
  <tr>
    <th scope="row">{name}</th>
    <td className="bk-money" data-label={words.month.invoices}>
      {side.invoices}
    </td>
    <td className="bk-money" data-label={words.month.net}>
      <Amount amount={side.net} />
    </td>
    <td className="bk-money" data-label={words.month.tax}>
      <Amount amount={side.tax} />
    </td>
    <td className="bk-money" data-label={words.month.total}>
      <Amount amount={side.total} currency={currency} />
    </td>
  </tr>
);

const Findings = ({ findings }: { findings: Reconciliation['findings'] }) => (
  <section className="lf-card">
    <h2 className="bk-title">{words.month.findings}</h2>
    <ul className="bk-problems">
      {findings.map((one, index) => (
        <li key={index}>
          <p className="lf-break">
            <RouterLink to="/invoices" search={{ id: one.autotaskInvoiceId, search: one.autotaskInvoiceId } as never}>
              {one.invoiceNumber === '' ? String(one.autotaskInvoiceId) : one.invoiceNumber}
            </RouterLink>{' '}
            <bdi>{one.company}</bdi>
            <br />
            <strong>{told(one.text)}</strong>
          </p>
          <p className="lf-quiet lf-break">{told(one.remedy)}</p>
        </li>
      ))}
    </ul>
  </section>
);

function Rows({ rows, isMixed }: { rows: readonly ProofRow[]; isMixed: boolean }) {
  const { columns } = words.month;
  return (
    <div className="bk-scroll">
      <table className="bk-plain bk-proof lf-cards">
        <thead>
          <tr>
            <th scope="col">{columns.result}</th>
            <th scope="col" className="bk-money">
              {columns.difference}
            </th>
            <th scope="col">{columns.number}</th>
            <th scope="col">{columns.company}</th>
            <th scope="col">{columns.date}</th>
            <th scope="col" className="bk-money">
              {columns.tax}
            </th>
            <th scope="col" className="bk-money">
              {columns.total}
            </th>
            <th scope="col" className="bk-split">
              {columns.qbNumber}
            </th>
            <th scope="col" className="bk-money">
              {columns.qbTax}
            </th>
            <th scope="col" className="bk-money">
              {columns.qbTotal}
            </th>
            <th scope="col" className="bk-money">
              {columns.balance}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <ProofLine key={index} row={row} currency={isMixed ? row.currency : null} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Several QuickBooks invoices of one Autotask invoice stand under each other. */
function ProofLine({ row, currency }: { row: ProofRow; currency: string | null }) {
  const { autotask, quickbooks } = row;
  const id = String(row.autotaskInvoiceId);
  const { columns } = words.month;
  return (
    <tr>
      <td data-label={columns.result}>
        <Mark state={needsLook(row) ? 'different' : row.result} word={words.month.results[row.result]} />
        {row.result === 'match' ? null : (
          <span className="bk-why">{row.reason === '' ? stateWord(row.state) : row.reason}</span>
        )}
      </td>
      <td className="bk-money" data-label={columns.difference} data-differs={exact(row.difference) !== 0n}>
        {exact(row.difference) === 0n ? null : <Amount amount={row.difference} />}
      </td>
      <td>
        <RouterLink to="/invoices" search={{ id: row.autotaskInvoiceId, search: row.autotaskInvoiceId } as never}>
          <bdi>{autotask === null || autotask.invoiceNumber === '' ? id : autotask.invoiceNumber}</bdi>
        </RouterLink>
      </td>
      <td className="lf-break" data-label={columns.company}>
        <bdi>{row.company}</bdi>
      </td>
      <td className="lf-nowrap" data-label={columns.date}>
        {day(autotask?.date ?? quickbooks[0]?.date)}
      </td>
      <td className="bk-money" data-label={columns.tax}>
        <Amount amount={autotask?.tax ?? null} />
      </td>
      <td className="bk-money" data-label={columns.total}>
        <Amount amount={autotask?.total ?? null} currency={currency} />
      </td>
      <td className="bk-split" data-label={columns.qbNumber}>
        {quickbooks.map((one) => (
          <div key={one.id}>
            <bdi>{one.number === '' ? one.id : one.number}</bdi>
          </div>
        ))}
      </td>
      <td className="bk-money" data-label={columns.qbTax}>
        {quickbooks.map((one) => (
          <div key={one.id}>
            <Amount amount={one.tax} />
          </div>
        ))}
      </td>
      <td className="bk-money" data-label={columns.qbTotal}>
        {quickbooks.map((one) => (
          <div key={one.id}>
            <Amount amount={one.total} />
          </div>
        ))}
      </td>
      <td className="bk-money" data-label={columns.balance}>
        {quickbooks.map((one) => (
          <div key={one.id}>
            <Amount amount={one.balance} />
          </div>
        ))}
      </td>
    </tr>
  );
}
