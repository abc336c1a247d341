/** What a sync of the last 14 days would do, by name, before anything is switched on; and the switch. */
import { Alert, Button, Group, SegmentedControl, Table, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { client, ok } from '../api.ts';
import { day } from '../dates.ts';
import { Money, Trouble, Waiting, Scrolls } from '../parts.tsx';
import { told } from '../told.ts';
import { words } from '../words.ts';

const DAYS = 14;
const SHOWN = 50;

const ask = (name: string, notBefore: string | null) =>
  ok(
    client.POST('/api/v1/connections/{name}/dry-run', { params: { path: { name } }, body: { days: DAYS, notBefore } }),
  );
type DryRun = Awaited<ReturnType<typeof ask>>;

export function DryRunStep({ name, onNext }: { name: string; onNext: () => void }) {
  const [span, setSpan] = useState<'cut-over' | 'all'>('all');
  const settings = useQuery({
    queryKey: ['first-run-settings', name],
    queryFn: () => ok(client.GET('/api/v1/settings', { params: { query: { connection: name } } })),
  });
  const notBefore = settings.data?.settings['invoices.notBefore'] ?? null;
  const found = useQuery({
    queryKey: ['dry-run', name, span, notBefore],
    enabled: settings.isSuccess,
    staleTime: Infinity,
    retry: false,
    queryFn: () => ask(name, span === 'all' ? null : notBefore),
  });
  return (
    <>
      <Group>
        <SegmentedControl
          aria-label={words.first.span}
          size="xs"
          maw="100%"
          styles={{ label: { height: 'auto', whiteSpace: 'normal' } }}
          value={span}
          onChange={(to) => setSpan(to as 'cut-over' | 'all')}
          data={[
            { value: 'all', label: words.first.spanAll(DAYS) },
            { value: 'cut-over', label: `${words.first.spanCutOver} ${day(notBefore)}` },
          ]}
        />
      </Group>
      {found.isPending ? <Waiting what={words.first.trying} /> : null}
      {found.isError ? <Trouble error={found.error} again={() => void found.refetch()} /> : null}
      {found.data === undefined ? null : <Found found={found.data} />}
      <Button onClick={onNext} disabled={found.data === undefined} style={{ alignSelf: 'flex-start' }}>
        {words.first.seen}
      </Button>
    </>
  );
}

function Found({ found }: { found: DryRun }) {
  return (
    <>
      <Alert color="green" role="status">
        {words.first.would(found.invoices.length, found.customers.length, found.items.length)}
      </Alert>
      <Names title={words.first.newCustomers} names={found.customers} />
      <Names title={words.first.newItems} names={found.items} />
      {found.invoices.length === 0 ? null : (
        <details>
          <summary>{words.first.theInvoices(found.invoices.length)}</summary>
          <Scrolls label={words.first.dryRun} width={400}>
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{words.first.invoice}</Table.Th>
                  <Table.Th>{words.first.customer}</Table.Th>
                  <Table.Th ta="right">{words.first.total}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {found.invoices.slice(0, SHOWN).map((one) => (
                  <Table.Tr key={one.autotaskInvoiceId}>
                    <Table.Td>{one.invoiceNumber === '' ? one.autotaskInvoiceId : one.invoiceNumber}</Table.Td>
                    <Table.Td className="lf-break lf-blanks">{one.company}</Table.Td>
                    <Table.Td ta="right">
                      <Money amount={one.totalWithTax} />
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Scrolls>
          {found.invoices.length > SHOWN ? (
            <Text className="lf-quiet">{words.desk.more(found.invoices.length - SHOWN)}</Text>
          ) : null}
        </details>
      )}
      {found.left.length === 0 ? null : (
        <div>
          <Text fw={600} size="sm">
            {words.first.left}
          </Text>
          <ul className="lf-plain">
            {found.left.map((one) => (
              <li
                key={one.code}
              >{`${words.desk.invoices(one.invoices)}${one.invoices > 1 ? words.first.such : ''}: ${told(one.text)}`}</li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}

const Names = ({ title, names }: { title: string; names: readonly string[] }) =>
  names.length === 0 ? null : (
    <div>
      <Text fw={600} size="sm">
        {title}
      </Text>
      <ul className="lf-plain">
        {names.map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ul>
    </div>
  );

export function SwitchOnStep({ name, status }: { name: string; status: string }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const choose = useMutation({
    mutationFn: (to: 'sync' | 'next-batch' | 'paused') =>
      ok(client.POST('/api/v1/connections/{name}/sync-status', { params: { path: { name } }, body: { status: to } })),
    onSuccess: async () => {
      await queries.invalidateQueries();
      await navigate({ to: '/' });
    },
  });
  return (
    <>
      <Text size="sm" maw={640}>
        {words.first.switchWhy}
      </Text>
      {choose.isError ? (
        <Alert color="orange" role="alert">
          {choose.error.message}
        </Alert>
      ) : null}
      <Group>
        {(['sync', 'next-batch', 'paused'] as const).map((to) => (
          <Button
            key={to}
            variant={to === 'sync' ? 'filled' : 'default'}
            loading={choose.isPending && choose.variables === to}
            onClick={() => choose.mutate(to)}
          >
            {words.first.switches[to]}
          </Button>
        ))}
      </Group>
      <Text className="lf-quiet">
        {words.first.now(words.desk.status[status as keyof typeof words.desk.status] ?? status)}
      </Text>
    </>
  );
}
