/** All connections at a glance, for a provider with many: state, last run, what waits; and what can be done with each. */
import { Alert, Anchor, Button, Group, NativeSelect, Table, Text, UnstyledButton } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link as RouterLink, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { client, ok, type Connection } from '../api.ts';
import { Remove, Rename } from '../connection-care.tsx';
import { Empty, Page, refused, said, Trouble, Waiting, warned, when, Scrolls } from '../parts.tsx';
import { may, useConnections, useSession } from '../session.tsx';
import { useChoose } from '../shell.tsx';
import { words } from '../words.ts';

type Order = 'name' | 'waiting' | 'last';
const orders: Readonly<Record<Order, (a: Connection, b: Connection) => number>> = {
  name: (a, b) => a.name.localeCompare(b.name),
  waiting: (a, b) => b.waitingInvoices - a.waitingInvoices || a.name.localeCompare(b.name),
  last: (a, b) => (b.lastRunAt ?? '').localeCompare(a.lastRunAt ?? ''),
};

export function Connections() {
  const connections = useConnections();
  const { data: session } = useSession();
  const [order, setOrder] = useState<Order>('name');
  const all = (connections.data ?? []).toSorted(orders[order]);
  return (
    <Page
      title={words.nav.connections}
      help="connecting"
      actions={
        may(session, 'owner') ? (
          <Button renderRoot={(props) => <RouterLink to="/first-run" search={{ connection: 'new' }} {...props} />}>
            {words.connections.add}
          </Button>
        ) : null
      }
    >
      {connections.isPending ? <Waiting what={words.connections.reading} /> : null}
      {connections.isError && connections.data === undefined ? (
        <Trouble error={connections.error} again={() => void connections.refetch()} />
      ) : null}
      {connections.isSuccess && all.length === 0 ? <Empty title={words.shell.none}>{words.shell.noneWhy}</Empty> : null}
      {all.length === 0 ? null : (
        <Scrolls label={words.nav.connections} width={860}>
          <Table className="lf-cards" verticalSpacing="sm" horizontalSpacing="md">
            <Table.Thead>
              <Table.Tr>
                <Sorted label={words.connections.name} by="name" order={order} onSort={setOrder} />
                <Table.Th>Autotask</Table.Th>
                <Table.Th>QuickBooks</Table.Th>
                <Sorted label={words.connections.waiting} by="waiting" order={order} onSort={setOrder} />
                <Sorted label={words.connections.last} by="last" order={order} onSort={setOrder} />
                <Table.Th>{words.desk.sync}</Table.Th>
                <Table.Th>{words.connections.actions}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {all.map((one) => (
                <Row key={one.name} connection={one} />
              ))}
            </Table.Tbody>
          </Table>
        </Scrolls>
      )}
    </Page>
  );
}

function Sorted({
  label,
  by,
  order,
  onSort,
}: {
  label: string;
  by: Order;
  order: Order;
  onSort: (order: Order) => void;
}) {
  const direction = by === 'name' ? 'ascending' : 'descending';
  return (
    <Table.Th aria-sort={order === by ? direction : undefined}>
      <UnstyledButton fz="sm" fw={700} ta="left" onClick={() => onSort(by)}>
        {label} {order === by ? (by === 'name' ? '↑' : '↓') : ''}
      </UnstyledButton>
    </Table.Th>
  );
}

const Side = ({ state, who }: { state: string; who: string | null }) => (
  <>
    <Group gap={6} wrap="nowrap">
      <span className="lf-dot" data-good={state === 'connected'} aria-hidden="true" />
      <Text size="sm">{words.desk.health1(state)}</Text>
    </Group>
    <Text className="lf-quiet lf-break">{who}</Text>
  </>
);

function Row({ connection }: { connection: Connection }) {
  const { data: session } = useSession();
  const queries = useQueryClient();
  const choose = useChoose();
  const navigate = useNavigate();
  const { name } = connection;
  const status = useMutation({
    mutationFn: (to: 'sync' | 'paused' | 'next-batch') =>
      ok(client.POST('/api/v1/connections/{name}/sync-status', { params: { path: { name } }, body: { status: to } })),
    onSuccess: (now) => said(`${name}: ${words.desk.nowIs[now.syncStatus as keyof typeof words.desk.nowIs]}`),
    onError: refused,
    onSettled: () => queries.invalidateQueries({ queryKey: ['connections'] }),
  });
  const look = (to: string) => () => {
    choose(name);
    void navigate({ to });
  };
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component="button" type="button" ta="left" fw={600} size="sm" onClick={look('/')}>
          {name}
        </Anchor>
        {connection.inProcess === null ? null : <Text className="lf-quiet">{connection.inProcess.text}</Text>}
      </Table.Td>
      <Table.Td data-label="Autotask">
        <Side state={connection.autotask.state} who={connection.autotask.user} />
      </Table.Td>
      <Table.Td data-label="QuickBooks">
        <Side state={connection.quickbooks.state} who={connection.quickbooks.companyName} />
      </Table.Td>
      <Table.Td data-label={words.connections.waiting}>
        {connection.waitingCauses === 0 ? (
          <Text size="sm">{words.connections.nothing}</Text>
        ) : (
          <Anchor component="button" type="button" size="sm" ta="left" onClick={look('/errors')}>
            {words.desk.invoices(connection.waitingInvoices)}
          </Anchor>
        )}
      </Table.Td>
      <Table.Td data-label={words.connections.last}>
        <Text size="sm">{when(connection.lastRunAt)}</Text>
        <Text className="lf-quiet">{connection.lastRunState}</Text>
      </Table.Td>
      <Table.Td data-label={words.desk.sync}>
        <NativeSelect
          size="xs"
          w={130}
          aria-label={`${words.desk.syncStatus}: ${name}`}
          disabled={!may(session, 'bookkeeper')}
          value={connection.syncStatus}
          data={(['sync', 'next-batch', 'paused'] as const).map((value) => ({
            value,
            label: words.desk.status[value],
          }))}
          onChange={(event) => status.mutate(event.currentTarget.value as 'sync' | 'paused' | 'next-batch')}
        />
      </Table.Td>
      <Table.Td data-label={words.connections.actions}>
        <Doings connection={connection} isOwner={may(session, 'owner')} isBookkeeper={may(session, 'bookkeeper')} />
      </Table.Td>
    </Table.Tr>
  );
}

function Doings({
  connection,
  isOwner,
  isBookkeeper,
}: {
  connection: Connection;
  isOwner: boolean;
  isBookkeeper: boolean;
}) {
  const queries = useQueryClient();
  const [isSure, setSure] = useState(false);
  const choose = useChoose();
  const params = { params: { path: { name: connection.name } } };
  const test = useMutation({
    mutationFn: () => ok(client.POST('/api/v1/connections/{name}/test', params)),
    onError: refused,
    onSettled: () => queries.invalidateQueries({ queryKey: ['connections'] }),
  });
  const end = useMutation({
    mutationFn: () => ok(client.POST('/api/v1/connections/{name}/disconnect', params)),
    onSuccess: ({ leftAtIntuit }) => {
      said(words.connections.ended(connection.name));
      if (leftAtIntuit !== null) warned(leftAtIntuit);
    },
    onError: refused,
    onSettled: () => queries.invalidateQueries({ queryKey: ['connections'] }),
  });
  const reconnect = useMutation({
    mutationFn: () => ok(client.POST('/api/v1/connections/{name}/authorize', params)),
    onSuccess: ({ url }) => {
      choose(connection.name);
      location.assign(url);
    },
    onError: refused,
  });
  const isConnected = connection.quickbooks.state === 'connected';
  return (
    <>
      <Group gap={6} maw={260}>
        <Button
          size="compact-sm"
          variant="default"
          disabled={!isBookkeeper}
          loading={test.isPending}
          onClick={() => test.mutate()}
        >
          {words.connections.test}
        </Button>
        {isOwner && !isConnected ? (
          <Button size="compact-sm" loading={reconnect.isPending} onClick={() => reconnect.mutate()}>
            {words.connections.connect}
          </Button>
        ) : null}
        {isOwner ? (
          <Button
            size="compact-sm"
            variant="default"
            renderRoot={(props) => <RouterLink to="/first-run" search={{ connection: connection.name }} {...props} />}
          >
            {words.connections.setUp}
          </Button>
        ) : null}
        {isOwner && isConnected && !isSure ? (
          <Button size="compact-sm" variant="subtle" color="gray" c="dimmed" onClick={() => setSure(true)}>
            {words.connections.disconnect}
          </Button>
        ) : null}
        {isSure && isConnected ? (
          <Button size="compact-sm" color="red.9" loading={end.isPending} onClick={() => end.mutate()}>
            {words.connections.sure}
          </Button>
        ) : null}
        {isSure && isConnected ? (
          <Button size="compact-sm" variant="default" disabled={end.isPending} onClick={() => setSure(false)}>
            {words.connections.cancel}
          </Button>
        ) : null}
        {isOwner ? <Rename connection={connection} /> : null}
        {isOwner && !isConnected ? <Remove connection={connection} /> : null}
      </Group>
      {isSure && isConnected ? <Text className="lf-quiet">{words.connections.stays}</Text> : null}
      {test.data === undefined ? null : (
        <Alert mt={6} p="xs" color={test.data.works ? 'green' : 'orange'} role="status">
          {test.data.works ? words.connections.works : [...test.data.autotask, ...test.data.quickbooks].join(' ')}
        </Alert>
      )}
    </>
  );
}
