/** The first page of the morning: what waits for me, with its cures; the runs; both sides' health; what moved. */
import { Anchor, Button, Group, SegmentedControl, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link as RouterLink } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { client, ok, type Actions, type Cause, type Connection, type Overview } from '../api.ts';
import { CauseCard } from '../cures.tsx';
import { counted } from '../money.ts';
import { Moved } from '../moved.tsx';
import { Page, refused, said, Trouble, Waiting, when } from '../parts.tsx';
import { useAskedRun } from '../said-with.tsx';
import { may, useConnection, useSession, waitingOf } from '../session.tsx';
import { curableFirst } from '../ways.ts';
import { kindWord, words } from '../words.ts';

const CAUSES_SHOWN = 6;

export function Desk() {
  const connection = useConnection();
  const waiting = useQuery(waitingOf(connection.name));
  const overview = useQuery({
    queryKey: ['overview', connection.name],
    queryFn: (): Promise<Overview> =>
      ok(client.GET('/api/v1/overview', { params: { query: { connection: connection.name } } })),
    refetchInterval: connection.inProcess === null ? 15_000 : 3_000,
  });
  useNewCauses(connection.name, overview.data?.lastRun?.id);
  const mine = (waiting.data?.causes ?? []).filter((cause) => cause.who !== 'nobody');
  const title = waiting.data === undefined ? words.nav.desk : words.desk.title(mine.length);
  const behind = new Set(mine.flatMap((cause) => cause.invoices)).size;
  return (
    <Page
      title={title}
      place={words.nav.desk}
      lead={behind === 0 ? undefined : words.desk.behind(behind, mine.length)}
      help="index"
    >
      <div className="lf-columns">
        <Stack gap="lg">
          {waiting.isPending ? <Waiting what={words.desk.looking} /> : null}
          {waiting.isError && waiting.data === undefined ? (
            <Trouble error={waiting.error} again={() => void waiting.refetch()} />
          ) : null}
          {waiting.data === undefined ? null : <Mine causes={mine} actions={waiting.data.actions} />}
          {overview.data === undefined ? null : <Moved overview={overview.data} />}
        </Stack>
        <Stack gap="lg">
          <Sync connection={connection} overview={overview.data} />
          <Health connection={connection} overview={overview.data} />
        </Stack>
      </div>
    </Page>
  );
}

/** A run that nobody saw at work, because it was so short, changes what waits all the same. */
function useNewCauses(name: string, lastRun: string | undefined): void {
  const queries = useQueryClient();
  const seen = useRef(lastRun);
  useEffect(() => {
    if (seen.current !== undefined && lastRun !== seen.current)
      void queries.invalidateQueries({ queryKey: ['waiting', name] });
    seen.current = lastRun;
  }, [queries, name, lastRun]);
}

function Mine({ causes, actions }: { causes: Cause[]; actions: Actions }) {
  if (causes.length === 0)
    return (
      <section className="lf-card">
        <Title order={2} size="h5">
          {words.desk.clear}
        </Title>
        <Text className="lf-quiet">{words.desk.clearWhy}</Text>
      </section>
    );
  return (
    <section className="lf-card" aria-labelledby="waits">
      <Title order={2} size="h5" id="waits">
        {words.desk.waits}
      </Title>
      <ul className="lf-causes">
        {curableFirst(causes)
          .slice(0, CAUSES_SHOWN)
          .map((cause) => (
            <CauseCard key={cause.id} cause={cause} actions={actions} />
          ))}
      </ul>
      {causes.length > CAUSES_SHOWN ? (
        <Anchor component={RouterLink} to="/errors" size="sm">
          {words.desk.more(causes.length - CAUSES_SHOWN)}
        </Anchor>
      ) : null}
    </section>
  );
}

const statuses = (['sync', 'next-batch', 'paused'] as const).map((value) => ({
  value,
  label: words.desk.status[value],
}));

function Sync({ connection, overview }: { connection: Connection; overview: Overview | undefined }) {
  const { data: session } = useSession();
  const queries = useQueryClient();
  const { name } = connection;
  const status = useMutation({
    mutationFn: (to: 'sync' | 'paused' | 'next-batch') =>
      ok(client.POST('/api/v1/connections/{name}/sync-status', { params: { path: { name } }, body: { status: to } })),
    onSuccess: (now) => said(words.desk.nowIs[now.syncStatus as keyof typeof words.desk.nowIs]),
    onError: refused,
    onSettled: () => queries.invalidateQueries({ queryKey: ['connections'] }),
  });
  const now = useAskedRun();
  const value = status.isPending ? status.variables : connection.syncStatus;
  return (
    <section className="lf-card" aria-labelledby="sync">
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h5" id="sync">
            {words.desk.sync}
          </Title>
          <Button
            size="xs"
            loading={now.isPending || connection.inProcess !== null}
            disabled={!may(session, 'bookkeeper')}
            onClick={() => now.mutate({ kind: 'sync-now' })}
          >
            {words.palette.syncNow}
          </Button>
        </Group>
        <SegmentedControl
          fullWidth
          size="xs"
          aria-label={words.desk.syncStatus}
          data={statuses}
          value={value}
          disabled={!may(session, 'bookkeeper')}
          onChange={(to) => status.mutate(to as 'sync' | 'paused' | 'next-batch')}
        />
        <dl className="lf-facts">
          <dt>{words.desk.next}</dt>
          <dd>{connection.syncStatus === 'paused' ? words.desk.noNext : when(connection.nextRunAt)}</dd>
          <dt>{words.desk.last}</dt>
          <dd>
            <Last run={overview?.lastRun ?? null} />
          </dd>
          <Posted overview={overview} />
        </dl>
      </Stack>
    </section>
  );
}

function Last({ run }: { run: Overview['lastRun'] }) {
  if (run === null) return <>{words.desk.neverRun}</>;
  return (
    <>
      <Anchor component={RouterLink} to={`/runs/${run.id}`} size="sm">
        {when(run.endedAt)}
      </Anchor>
      <br />
      {run.failure ?? `${kindWord(run.kind)}: ${words.desk.ran(run.posted, run.waiting)}`}
    </>
  );
}

/** The last run often finds nothing new; what went to QuickBooks before it is not forgotten. */
function Posted({ overview }: { overview: Overview | undefined }) {
  if (overview?.lastPosted == null || overview.lastRun === null || overview.lastRun.posted > 0) return null;
  const { id, endedAt, posted } = overview.lastPosted;
  return (
    <>
      <dt>{words.desk.lastPosted}</dt>
      <dd>
        <Anchor component={RouterLink} to={`/runs/${id}`} size="sm">
          {when(endedAt)}
        </Anchor>
        {`, ${words.desk.invoices(posted)}`}
      </dd>
    </>
  );
}

function Health({ connection, overview }: { connection: Connection; overview: Overview | undefined }) {
  const sides = [
    { vendor: 'Autotask', ...connection.autotask, who: connection.autotask.user },
    { vendor: 'QuickBooks', ...connection.quickbooks, who: connection.quickbooks.companyName },
  ];
  return (
    <section className="lf-card" aria-labelledby="health">
      <Title order={2} size="h5" id="health" mb="sm">
        {words.desk.health}
      </Title>
      <Stack gap="md">
        {sides.map(({ vendor, state, who, detail }) => {
          const quota = overview?.quotas.find((one) => one.vendor === vendor);
          return (
            <div key={vendor}>
              <Group gap="xs" wrap="nowrap">
                <span className="lf-dot" data-good={state === 'connected'} aria-hidden="true" />
                <Text fw={600} size="sm">
                  {vendor}
                </Text>
                <Text className="lf-quiet">{words.desk.health1(state)}</Text>
              </Group>
              <Text className="lf-quiet lf-break">{who}</Text>
              {detail === null ? null : <Text size="sm">{detail}</Text>}
              {state === 'connected' ? null : (
                <Anchor component={RouterLink} to="/connections" size="sm">
                  {words.desk.mend}
                </Anchor>
              )}
              {quota === undefined ? null : (
                <SimpleGrid cols={1} spacing={2} mt={4}>
                  <meter
                    className="lf-meter"
                    aria-label={`${vendor}: ${quota.what}`}
                    min={0}
                    max={quota.limit}
                    value={quota.used}
                    high={quota.limit * 0.8}
                  />
                  <Text className="lf-quiet" size="xs">
                    {`${counted(quota.used)} of ${counted(quota.limit)} ${quota.what}`}
                  </Text>
                </SimpleGrid>
              )}
            </div>
          );
        })}
      </Stack>
    </section>
  );
}
