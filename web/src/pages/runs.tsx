/** Runs of every kind: what ran and what came of it, and asking for one. */
import '../books/books.css';
import { Button, Group, Menu, NativeSelect } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link as RouterLink, useNavigate, useRouterState } from '@tanstack/react-router';
import { useState } from 'react';
import { client, ok } from '../api.ts';
import { RunDialog, useRun, type RunQuestion } from '../books/ask-run.tsx';
import { Mark } from '../books/parts.tsx';
import { NoRuns, runState, took } from '../books/run-page.tsx';
import { words } from '../books/words.ts';
import { Page, Trouble, Waiting, when } from '../parts.tsx';
import { may, useConnection, useSession } from '../session.tsx';
import { kindWord, words as common } from '../words.ts';

export { RunPage } from '../books/run-page.tsx';

const PAGE = 50;
const FRESH_MS = 5_000;

export function Runs() {
  const { name } = useConnection();
  const navigate = useNavigate();
  const search = useRouterState({ select: (state) => state.location.search as { kind?: string } });
  const kind = search.kind !== undefined && search.kind in common.runKinds ? search.kind : '';
  const runs = useInfiniteQuery({
    queryKey: ['runs', name, kind],
    refetchInterval: FRESH_MS,
    initialPageParam: '',
    queryFn: ({ pageParam }) =>
      ok(
        client.GET('/api/v1/runs', {
          params: {
            query: {
              connection: name,
              ...(kind === '' ? {} : { kind: kind as 'automatic' }),
              ...(pageParam === '' ? {} : { before: pageParam }),
            },
          },
        }),
      ),
    getNextPageParam: (last) => (last.runs.length < PAGE ? null : (last.runs.at(-1)?.requestedAt ?? null)),
  });
  const rows = runs.data?.pages.flatMap((page) => page.runs) ?? [];
  return (
    <Page title={common.nav.runs} help="sync-now" actions={<Ask />}>
      <NativeSelect
        size="xs"
        w={200}
        className="lf-no-print"
        aria-label={words.runs.kind}
        value={kind}
        onChange={(event) =>
          void navigate({
            to: '/runs',
            search: (event.currentTarget.value === '' ? {} : { kind: event.currentTarget.value }) as never,
          })
        }
        data={[
          { value: '', label: words.runs.anyKind },
          ...Object.entries(common.runKinds).map(([value, label]) => ({ value, label })),
        ]}
      />
      {runs.isPending ? <Waiting what={words.runs.loading} /> : null}
      {runs.isError && runs.data === undefined ? (
        <Trouble error={runs.error} again={() => void runs.refetch()} />
      ) : null}
      {runs.data !== undefined && rows.length === 0 ? <NoRuns isFiltered={kind !== ''} /> : null}
      {rows.length === 0 ? null : <RunTable rows={rows} />}
      {runs.hasNextPage ? (
        <Group>
          <Button
            variant="default"
            size="xs"
            loading={runs.isFetchingNextPage}
            onClick={() => void runs.fetchNextPage()}
          >
            {words.runs.more}
          </Button>
        </Group>
      ) : null}
    </Page>
  );
}

interface ListedRun {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly requestedBy: string;
  readonly requestedAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly failure: string | null;
  readonly counts: Record<string, number> | null;
}

function RunTable({ rows }: { rows: readonly ListedRun[] }) {
  const { columns } = words.runs;
  return (
    <div className="lf-card bk-scroll">
      <table className="bk-plain lf-cards">
        <thead>
          <tr>
            <th scope="col">{columns.kind}</th>
            <th scope="col">{columns.state}</th>
            <th scope="col">{columns.at}</th>
            <th scope="col">{columns.asked}</th>
            <th scope="col" className="bk-money">
              {columns.took}
            </th>
            <th scope="col" className="bk-money">
              {columns.posted}
            </th>
            <th scope="col" className="bk-money">
              {words.runs.needsPerson}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((run) => (
            <tr key={run.id}>
              <td>
                <RouterLink to={`/runs/${run.id}`}>{kindWord(run.kind)}</RouterLink>
                {run.failure === null ? null : <span className="bk-why">{run.failure}</span>}
              </td>
              <td data-label={columns.state}>
                <Mark state={run.state} word={runState(run.state)} />
              </td>
              <td className="lf-nowrap" data-label={columns.at}>
                {when(run.requestedAt)}
              </td>
              <td className="lf-break" data-label={columns.asked}>
                {run.requestedBy}
              </td>
              <td className="bk-money" data-label={columns.took}>
                {took(run)}
              </td>
              <td className="bk-money" data-label={columns.posted}>
                {run.counts?.['posted'] ?? ''}
              </td>
              <td className="bk-money" data-label={words.runs.needsPerson}>
                {run.counts?.['needsPerson'] ?? ''}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Ask() {
  const { data: session } = useSession();
  const [question, setQuestion] = useState<RunQuestion | null>(null);
  const run = useRun();
  if (!may(session, 'bookkeeper')) return null;
  const { others } = words.runs;
  return (
    <>
      <Button size="xs" onClick={() => setQuestion('sync-now')}>
        {words.runs.syncNow}
      </Button>
      <Menu position="bottom-end" withinPortal={false}>
        <Menu.Target>
          <Button size="xs" variant="default">
            {words.runs.other}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setQuestion('manual-copy')}>{others['manual-copy']}</Menu.Item>
          <Menu.Item onClick={() => run.mutate({ kind: 'void-pass', emails: [] })}>{others['void-pass']}</Menu.Item>
          <Menu.Item onClick={() => setQuestion('payment-pass')}>{others['payment-pass']}</Menu.Item>
          <Menu.Item onClick={() => run.mutate({ kind: 'compare-items', emails: [], silent: false })}>
            {others['compare-items']}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item onClick={() => setQuestion('clear')}>{words.runs.clear}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {question === null ? null : <RunDialog question={question} onClose={() => setQuestion(null)} />}
    </>
  );
}
