/** One run: at work before your eyes, then its report, its mails, its CSV. */
import { Button, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link as RouterLink, useParams } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { ApiError, client, ok, type RunDetail } from '../api.ts';
import { Cures } from '../cures.tsx';
import { counted, exact, shown } from '../money.ts';
import { Download, Empty, Page, Trouble, Waiting, when } from '../parts.tsx';
import { isOver } from '../run-events.ts';
import { useConnection, waitingOf } from '../session.tsx';
import { told } from '../told.ts';
import { kindWord, mailState, words as common } from '../words.ts';
import { useLiveRun } from './live.ts';
import { Amount, Fact, Facts, Mark, PrintButton, StateMark } from './parts.tsx';
import { RunResult } from './run-result.tsx';
import { sinceThen } from './since.ts';
import { words } from './words.ts';

type Row = RunDetail['transfers'][number];

export function RunPage() {
  const { name } = useConnection();
  const { id = '' } = useParams({ strict: false });
  const live = useLiveRun(name, id);
  const { data } = live;
  const file = `/api/v1/runs/${encodeURIComponent(id)}/csv?connection=${encodeURIComponent(name)}`;
  return (
    <Page
      title={data === undefined ? common.nav.runs : kindWord(data.run.kind)}
      place={common.nav.runs}
      help="sync-now"
      actions={
        <>
          <Button component={RouterLink} to="/runs" size="xs" variant="default" className="lf-no-print">
            {words.runs.back}
          </Button>
          {data !== undefined && isOver(data.run) && (data.counts !== null || data.result !== null) ? (
            <>
              <Download size="xs" href={file}>
                {words.runs.csv}
              </Download>
              <PrintButton label={words.runs.print} />
            </>
          ) : null}
        </>
      }
    >
      {live.isPending ? <Waiting what={words.runs.loading} /> : null}
      {live.isError && data === undefined ? (
        live.error instanceof ApiError && [400, 404].includes(live.error.status) ? (
          <Empty title={words.runs.gone}>{words.runs.goneWhy}</Empty>
        ) : (
          <Trouble error={live.error} again={() => void live.refetch()} />
        )
      ) : null}
      {live.isLost ? (
        <p className="lf-note" data-tone="warn" role="status">
          {words.runs.lost}
        </p>
      ) : null}
      {data === undefined ? null : <Detail detail={data} />}
    </Page>
  );
}

function Detail({ detail }: { detail: RunDetail }) {
  const { run, counts } = detail;
  return (
    <>
      <section className="lf-card" aria-live="polite">
        <Facts>
          <Fact name={words.runs.columns.state}>
            <Mark state={run.state} word={runState(run.state)} />
          </Fact>
          <Fact name={words.runs.columns.asked}>{run.requestedBy}</Fact>
          <Fact name={words.runs.columns.at}>{when(run.requestedAt)}</Fact>
          <Fact name={words.runs.columns.took}>{took(run)}</Fact>
        </Facts>
        {isOver(run) ? null : <Progress detail={detail} />}
        {run.failure === null ? null : (
          <p className="bk-hint lf-break">
            <strong>{words.runs.failure}:</strong> {run.failure}
          </p>
        )}
        {counts === null || OTHERWISE.has(run.kind) ? null : <Counts counts={counts} totals={detail.totals} />}
        <RunResult detail={detail} />
      </section>
      {detail.obstacles.length === 0 ? null : <Obstacles obstacles={detail.obstacles} />}
      {isOver(run) ? <Differences detail={detail} /> : null}
      {detail.transfers.length > 0 ? <Rows detail={detail} /> : null}
      {isOver(run) && detail.transfers.length === 0 && counts !== null && !OTHERWISE.has(run.kind) ? (
        <Text className="lf-quiet">{words.runs.empty}</Text>
      ) : null}
      {isOver(run) ? <Mails runId={run.id} /> : null}
    </>
  );
}

/** Their result is another than invoices. */
const OTHERWISE: ReadonlySet<string> = new Set(['reconcile', 'compare-items', 'copy-items', 'reactivate']);

export const runState = (state: string): string =>
  state in words.runs.states ? words.runs.states[state as keyof typeof words.runs.states] : state;

export function took(run: { startedAt: string | null; endedAt: string | null }): string {
  if (run.startedAt === null || run.endedAt === null) return '';
  return words.runs.took((Date.parse(run.endedAt) - Date.parse(run.startedAt)) / 1_000);
}

function Progress({ detail }: { detail: RunDetail }) {
  const { progress } = detail.run;
  if (progress === null) return <Waiting what={runState(detail.run.state)} />;
  return (
    <div>
      <Text size="sm">
        {progress.step}
        {progress.total > 0 ? `, ${words.runs.of(progress.done, progress.total)}` : ''}
      </Text>
      {progress.total > 0 ? (
        <progress className="bk-progress" value={progress.done} max={progress.total} aria-label={progress.step} />
      ) : (
        <progress className="bk-progress" aria-label={progress.step} />
      )}
    </div>
  );
}

function Counts({ counts, totals }: { counts: Record<string, number>; totals: RunDetail['totals'] }) {
  const names = ['posted', 'needsPerson', 'waiting', 'inDoubt', 'voided', 'paid', 'mailed', 'skipped'] as const;
  const told = names.filter((name) => name === 'posted' || (counts[name] ?? 0) > 0);
  return (
    <>
      <dl className="bk-facts bk-figures">
        {told.map((name) => (
          <div key={name}>
            <dt>{words.runs[name]}</dt>
            <dd>{counted(counts[name] ?? 0)}</dd>
          </div>
        ))}
      </dl>
      {totals.map((one) => (
        <p key={one.currency} className="bk-hint">
          {words.runs.posted}: {words.runs.moved(one.invoices, shown(one.total), one.currency)}
        </p>
      ))}
    </>
  );
}

const Part = ({ title, children }: { title: string; children: ReactNode }) => (
  <section className="lf-card">
    <h2 className="bk-title">{title}</h2>
    {children}
  </section>
);

type Obstacle = RunDetail['obstacles'][number];

/** What stood in the way when the run ended; where that still waits, its cures stand beside it. */
function Obstacles({ obstacles }: { obstacles: readonly Obstacle[] }) {
  const { name } = useConnection();
  const { data: waiting } = useQuery(waitingOf(name));
  return (
    <Part title={common.nav.errors}>
      <ul className="bk-problems">
        {obstacles.map((one) => {
          const cause = waiting?.causes.find((open) => open.code === one.code && open.text === one.text);
          const isGone = waiting !== undefined && cause === undefined && one.code !== 'leaving-window';
          return (
            <li key={`${one.code} ${one.text}`} data-tone={isGone ? 'good' : undefined}>
              <p className="lf-break">
                <strong>{told(one.text)}</strong>
              </p>
              <p className="lf-quiet lf-break">{isGone ? words.runs.noMore : told(one.remedy)}</p>
              {cause === undefined || waiting === undefined || cause.actions.length === 0 ? null : (
                <Cures cause={cause} actions={waiting.actions} />
              )}
              <InvoicesOf obstacle={one} cause={cause?.id} />
            </li>
          );
        })}
      </ul>
    </Part>
  );
}

const MOST_NAMED = 6;

/** A few are named and open one by one; of many the list shows those of the very cause, or of its kind when it is open no more. */
function InvoicesOf({ obstacle, cause }: { obstacle: Obstacle; cause: string | undefined }) {
  const { code, invoices } = obstacle;
  // What leaves the window soon is no cause that the list could show.
  const isListed = invoices.length > MOST_NAMED && code !== 'leaving-window';
  return (
    <p className="bk-which">
      {words.runs.which}{' '}
      {isListed ? (
        <RouterLink to="/invoices" search={(cause === undefined ? { code } : { cause }) as never}>
          {words.invoices.count(invoices.length)}
        </RouterLink>
      ) : (
        invoices.map((id, index) => (
          <span key={id}>
            {index === 0 ? '' : ', '}
            <RouterLink to="/invoices" search={{ id, search: id } as never}>
              {id}
            </RouterLink>
          </span>
        ))
      )}
    </p>
  );
}

const differs = (row: Row): boolean =>
  row.quickbooksTotal !== '' &&
  row.total !== '' &&
  row.state !== 'voided' &&
  exact(row.total) !== exact(row.quickbooksTotal);

function Differences({ detail }: { detail: RunDetail }) {
  const rows = detail.transfers;
  const posted = rows.filter((row) => row.quickbooksTotal !== '');
  if (posted.length === 0) return null;
  const unlike = posted.filter(differs);
  return (
    <Part title={words.runs.differences}>
      {unlike.length === 0 ? (
        <p className="bk-hint" data-tone="good">
          {words.runs.differencesNone}
        </p>
      ) : (
        <RowTable detail={detail} rows={unlike} />
      )}
    </Part>
  );
}

const MOST_ROWS = 200;

function Rows({ detail }: { detail: RunDetail }) {
  const rows = detail.transfers;
  const [isAll, setAll] = useState(false);
  return (
    <Part title={words.runs.rows}>
      <RowTable detail={detail} rows={isAll ? rows : rows.slice(0, MOST_ROWS)} />
      {!isAll && rows.length > MOST_ROWS ? (
        <Button size="compact-sm" variant="default" mt="sm" onClick={() => setAll(true)}>
          {words.invoices.selectAll(rows.length)}
        </Button>
      ) : null}
    </Part>
  );
}

/** What is true now of what a run found then; what is true still is told once. */
function useSince({ since }: RunDetail) {
  const { name } = useConnection();
  const { data: waiting } = useQuery(waitingOf(name));
  const changed = new Map(since.map((one) => [keyOf(one), one]));
  const decided = waiting?.causes.filter((cause) => cause.standing !== null) ?? [];
  return (row: Row) =>
    sinceThen(
      row,
      changed.get(keyOf(row)) ?? null,
      row.problems.length > 0 &&
        row.problems.every((one) =>
          decided.some(
            (cause) =>
              cause.code === one.code && cause.text === one.text && cause.invoices.includes(row.autotaskInvoiceId),
          ),
        ),
    );
}

const keyOf = (row: Pick<Row, 'autotaskInvoiceId' | 'copyNumber'>): string =>
  `${String(row.autotaskInvoiceId)}-${String(row.copyNumber)}`;

/** The state that the run left it in, and what it is by now. */
function Found({ row, since }: { row: Row; since: ReturnType<typeof sinceThen> }) {
  if (since === null) return <StateMark row={row} />;
  return (
    <>
      <Mark state="waiting" word={since.found} />
      <span className="bk-why">{since.now}</span>
    </>
  );
}

function RowTable({ detail, rows }: { detail: RunDetail; rows: readonly Row[] }) {
  const since = useSince(detail);
  return (
    <div className="bk-scroll">
      <table className="bk-plain lf-cards">
        <thead>
          <tr>
            <th scope="col">{words.invoices.columns.state}</th>
            <th scope="col">{words.invoices.columns.number}</th>
            <th scope="col">{words.invoices.columns.company}</th>
            <th scope="col" className="bk-money">
              {words.invoices.columns.total}
            </th>
            <th scope="col" className="bk-money">
              {words.invoices.columns.quickbooks}
            </th>
            <th scope="col">{words.invoices.columns.quickbooksNumber}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              <td data-label={words.invoices.columns.state}>
                <Found row={row} since={since(row)} />
              </td>
              <td data-label={words.invoices.columns.number}>
                <RouterLink
                  to="/invoices"
                  search={{ id: row.autotaskInvoiceId, search: row.autotaskInvoiceId } as never}
                >
                  <bdi>{row.invoiceNumber === '' ? row.autotaskInvoiceId : row.invoiceNumber}</bdi>
                </RouterLink>
              </td>
              <td className="lf-break">
                <bdi>{row.company}</bdi>
                {row.problems.length === 0 ? null : (
                  <span className="bk-why">{row.problems.map((one) => told(one.text)).join(' ')}</span>
                )}
              </td>
              <td className="bk-money" data-label={words.invoices.columns.total}>
                <Amount amount={row.total} />
              </td>
              <td className="bk-money" data-label={words.invoices.columns.quickbooks} data-differs={differs(row)}>
                {row.quickbooksTotal === '' ? null : <Amount amount={row.quickbooksTotal} />}
              </td>
              <td data-label={words.invoices.columns.quickbooksNumber}>
                {row.quickbooksNumber === '' ? null : <bdi>{row.quickbooksNumber}</bdi>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Mails({ runId }: { runId: string }) {
  const { name } = useConnection();
  const outbox = useQuery({
    queryKey: ['outbox', name],
    queryFn: async () => (await ok(client.GET('/api/v1/outbox', { params: { query: { connection: name } } }))).mails,
  });
  const mine = (outbox.data ?? []).filter((mail) => mail.runId === runId);
  if (outbox.isPending) return null;
  return (
    <section className="lf-card lf-no-print">
      <h2 className="bk-title">{words.runs.mails}</h2>
      {mine.length === 0 ? <Text className="lf-quiet">{words.runs.noMails}</Text> : null}
      <table className="bk-plain">
        <tbody>
          {mine.map((mail) => (
            <tr key={mail.id}>
              <td className="lf-break">
                <RouterLink to="/mails" search={{ mail: mail.id } as never}>
                  <bdi>{mail.subject}</bdi>
                </RouterLink>
              </td>
              <td className="lf-break">{mail.to.join(', ')}</td>
              <td>{mailState(mail.state)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

export const NoRuns = ({ isFiltered }: { isFiltered: boolean }) =>
  isFiltered ? (
    <Empty title={words.runs.noMatch}>{words.runs.noMatchWhy}</Empty>
  ) : (
    <Empty title={words.runs.none}>{words.runs.noneWhy}</Empty>
  );
