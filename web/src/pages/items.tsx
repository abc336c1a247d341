/** Billing codes beside products and services: compare, see what differs, copy what is missing. */
import '../tools.css';
import { Badge, Button, NativeSelect, Group, Progress, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useState } from 'react';
import { client, ok, type Run } from '../api.ts';
import type { MatchBy } from '../item-copy.tsx';
import { counted } from '../money.ts';
import { Chips, usePieces } from '../paging.tsx';
import { Download, Empty, Page, refused, Trouble, Waiting, when } from '../parts.tsx';
import { isOver, watchRun } from '../run-events.ts';
import { may, useConnection, useSession } from '../session.tsx';
import { toolWords } from '../tools-words.ts';
import { words } from '../words.ts';

const CopyMissing = lazy(() => import('../item-copy.tsx').then((module) => ({ default: module.CopyMissing })));
const texts = toolWords.items;
const results = ['missing', 'different', 'ambiguous', 'match'] as const;
type Filter = 'all' | 'only' | (typeof results)[number];

interface Compared {
  readonly rows: readonly ComparedRow[];
  readonly onlyInQuickBooks: readonly {
    readonly quickbooksItemId: string;
    readonly name: string;
    readonly type: string;
  }[];
}
interface ComparedRow {
  readonly billingCodeId: number;
  readonly billingCode: string;
  readonly matchValue: string;
  readonly result: (typeof results)[number];
  readonly quickbooksItem: string;
  readonly differences: readonly { field: string; autotask: string; quickbooks: string }[];
  readonly note: string | null;
}

/** The newest comparison of this connection, as it stands in the ledger: a reload and another person see the same. */
function useComparison() {
  const { name } = useConnection();
  const query = { connection: name };
  const runs = useQuery({
    queryKey: ['comparisons', name],
    queryFn: async () =>
      (await ok(client.GET('/api/v1/runs', { params: { query: { ...query, kind: 'compare-items' } } }))).runs,
  });
  const working = runs.data?.find((run) => !isOver(run)) ?? null;
  const queries = useQueryClient();
  useEffect(() => {
    if (working === null) return undefined;
    return watchRun(name, working.id, {
      onRun: (run) => {
        queries.setQueryData<Run[]>(['comparisons', name], (all) =>
          all?.map((one) => (one.id === run.id ? { ...one, ...run } : one)),
        );
        if (isOver(run)) void queries.invalidateQueries({ queryKey: ['comparisons', name] });
      },
    });
    // One watching for each run, whatever it has told so far.
  }, [name, working?.id, queries]);
  const last = runs.data?.find((run) => run.state === 'finished') ?? null;
  const result = useQuery({
    queryKey: ['comparison', name, last?.id],
    enabled: last !== null,
    staleTime: Infinity,
    queryFn: () => ok(client.GET('/api/v1/runs/{id}', { params: { path: { id: last?.id ?? '' }, query } })),
  });
  const newest = runs.data?.[0] ?? null;
  return { runs, working, last, result, failure: newest?.state === 'failed' ? newest.failure : null };
}

export function Items() {
  const { name } = useConnection();
  const { data: session } = useSession();
  const queries = useQueryClient();
  const [chosen, setMatchBy] = useState<MatchBy | null>(null);
  const [isCopying, setCopying] = useState(false);
  const { runs, working, last, result, failure } = useComparison();
  const detail = result.data;
  const compared = (detail?.result ?? null) as Compared | null;
  const asked = detail?.asked['matchBy'];
  const matchBy = chosen ?? (typeof asked === 'string' && asked in texts.match ? (asked as MatchBy) : 'name');
  const compare = useMutation({
    mutationFn: () =>
      ok(
        client.POST('/api/v1/runs', {
          params: { query: { connection: name } },
          body: { kind: 'compare-items', matchBy, silent: true, emails: [] },
        }),
      ),
    onError: refused,
    onSettled: () => queries.invalidateQueries({ queryKey: ['comparisons', name] }),
  });
  const canWork = may(session, 'bookkeeper');
  const missing = compared?.rows.filter((row) => row.result === 'missing').length ?? 0;
  return (
    <Page
      title={words.nav.items}
      help="compare-items"
      actions={
        <>
          <NativeSelect
            aria-label={texts.matchBy}
            data={Object.entries(texts.match).map(([value, label]) => ({ value, label: `${texts.matchBy}: ${label}` }))}
            value={matchBy}
            onChange={(event) => setMatchBy(event.currentTarget.value as MatchBy)}
          />
          <Button
            variant={missing > 0 ? 'default' : 'filled'}
            disabled={!canWork}
            loading={compare.isPending || working !== null}
            onClick={() => compare.mutate()}
          >
            {texts.compare}
          </Button>
          {missing > 0 ? (
            <Button disabled={!canWork || working !== null} onClick={() => setCopying(true)}>
              {texts.copy(missing)}
            </Button>
          ) : null}
        </>
      }
    >
      {working === null ? null : <Working run={working} />}
      {failure === null ? null : <Trouble error={new Error(failure)} />}
      {runs.isError ? <Trouble error={runs.error} again={() => void runs.refetch()} /> : null}
      {result.isError ? <Trouble error={result.error} again={() => void result.refetch()} /> : null}
      {runs.isPending || (last !== null && result.isPending) ? <Waiting what={texts.comparing} /> : null}
      {runs.isSuccess && last === null && working === null ? <Empty title={texts.empty}>{texts.emptyWhy}</Empty> : null}
      {compared === null || last === null ? null : <Table key={last.id} compared={compared} run={last} />}
      {isCopying ? (
        <Suspense fallback={null}>
          <CopyMissing matchBy={matchBy} onClose={() => setCopying(false)} />
        </Suspense>
      ) : null}
    </Page>
  );
}

function Working({ run }: { run: Run }) {
  const { progress } = run;
  return (
    <Stack gap={6} role="status">
      <Text size="sm">{progress === null ? texts.comparing : `${progress.step} ${counted(progress.done)}`}</Text>
      <Progress value={100} animated aria-label={texts.comparing} />
    </Stack>
  );
}

function Table({ compared, run }: { compared: Compared; run: Run }) {
  const { name } = useConnection();
  const count = (result: string): number => compared.rows.filter((row) => row.result === result).length;
  const [filter, setFilter] = useState<Filter>('all');
  const [text, setText] = useState('');
  const wanted = text.trim().toLowerCase();
  const rows = compared.rows.filter(
    (row) =>
      (filter === 'all' || row.result === filter) &&
      [row.billingCode, row.matchValue, row.quickbooksItem].some((one) => one.toLowerCase().includes(wanted)),
  );
  const options = [
    { value: 'all' as const, label: texts.all, count: compared.rows.length },
    ...results.map((value) => ({ value, label: texts.results[value], count: count(value) })),
    { value: 'only' as const, label: texts.only, count: compared.onlyInQuickBooks.length },
  ];
  return (
    <Stack gap="md">
      <Group justify="space-between" className="lf-no-print">
        <Chips label={texts.columns.result} options={options} value={filter} onChange={setFilter} />
        <TextInput
          type="search"
          aria-label={texts.search}
          placeholder={texts.search}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      </Group>
      <div className="lf-card">
        {filter === 'only' ? (
          <OnlyThere rows={compared.onlyInQuickBooks.filter((one) => one.name.toLowerCase().includes(wanted))} />
        ) : (
          <Rows rows={rows} listKey={`${filter} ${wanted}`} />
        )}
      </div>
      <Group justify="space-between">
        <Text className="lf-quiet">{`${texts.compared} ${when(run.endedAt)}. ${texts.never}`}</Text>
        <Download size="xs" href={`/api/v1/runs/${run.id}/csv?connection=${encodeURIComponent(name)}`}>
          {texts.csv}
        </Download>
      </Group>
    </Stack>
  );
}

const tones = { match: 'green', different: 'blue', missing: 'orange', ambiguous: 'violet' } as const;

function Rows({ rows, listKey }: { rows: readonly ComparedRow[]; listKey: string }) {
  const { shown, ways } = usePieces(rows, listKey);
  if (rows.length === 0) return <Text className="lf-quiet">{toolWords.pick.none}</Text>;
  return (
    <>
      <table className="lf-table">
        <thead>
          <tr>
            <th scope="col">{texts.columns.code}</th>
            <th scope="col">{texts.columns.result}</th>
            <th scope="col">{texts.columns.item}</th>
            <th scope="col">{texts.columns.differences}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <tr key={row.billingCodeId}>
              <td>
                {row.billingCode}
                {row.matchValue === row.billingCode ? null : <div className="lf-quiet">{row.matchValue}</div>}
              </td>
              <td>
                <Badge
                  color={tones[row.result]}
                  variant="light"
                  tt="none"
                  radius="sm"
                  styles={{ label: { color: 'var(--mantine-color-text)' } }}
                >
                  {texts.results[row.result]}
                </Badge>
              </td>
              <td>{row.quickbooksItem}</td>
              <td>
                {row.differences.map((one) => (
                  <div key={one.field}>
                    <span className="lf-quiet">{`${one.field}: `}</span>
                    {`“${one.autotask}” → “${one.quickbooks}”`}
                  </div>
                ))}
                {row.note}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {ways}
    </>
  );
}

function OnlyThere({ rows }: { rows: Compared['onlyInQuickBooks'] }) {
  const { shown, ways } = usePieces(rows, 'only');
  return (
    <>
      <table className="lf-table">
        <thead>
          <tr>
            <th scope="col">{texts.columns.item}</th>
            <th scope="col">Type</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <tr key={row.quickbooksItemId}>
              <td>{row.name}</td>
              <td>{row.type}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {ways}
    </>
  );
}
