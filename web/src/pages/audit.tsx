/** Who did what and when; filtered here, and as a file. */
import { Button, Code, Group, NativeSelect, Table, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { client, ok } from '../api.ts';
import { Empty, Page, Trouble, Waiting, when, Scrolls } from '../parts.tsx';
import { useChosenName } from '../session.tsx';
import { words } from '../words.ts';

interface Entry {
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly detail?: unknown;
}

const matches = (entry: Entry, text: string): boolean =>
  JSON.stringify(entry).toLowerCase().includes(text.trim().toLowerCase());

/** A cell that begins like a formula is written so that no spreadsheet computes it. */
const cell = (text: string): string => `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;

function save(entries: readonly Entry[]): void {
  const rows = entries.map((one) => [one.at, one.actor, one.action, one.subject, JSON.stringify(one.detail ?? null)]);
  const text = [['at', 'who', 'what', 'on', 'detail'], ...rows].map((row) => row.map(cell).join(',')).join('\r\n');
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([`\uFEFF${text}`], { type: 'text/csv;charset=utf-8' }));
  link.download = 'audit-log.csv';
  link.click();
  URL.revokeObjectURL(link.href);
}

export function Audit() {
  const name = useChosenName();
  const [text, setText] = useState('');
  const [action, setAction] = useState('');
  const log = useQuery({
    queryKey: ['audit', name],
    enabled: name !== null,
    queryFn: async (): Promise<Entry[]> =>
      (await ok(client.GET('/api/v1/audit', { params: { query: { connection: name ?? '' } } }))).entries,
  });
  const all = log.data ?? [];
  const shown = all.filter((entry) => matches(entry, text) && (action === '' || entry.action === action));
  const actions = [...new Set(all.map((entry) => entry.action))].toSorted();
  return (
    <Page
      title={words.nav.audit}
      actions={
        <Button variant="default" disabled={shown.length === 0} onClick={() => save(shown)}>
          {words.audit.export}
        </Button>
      }
    >
      <Group gap="sm" align="flex-end" className="lf-no-print">
        <TextInput label={words.audit.search} value={text} onChange={(event) => setText(event.currentTarget.value)} />
        <NativeSelect
          label={words.audit.action}
          value={action}
          onChange={(event) => setAction(event.currentTarget.value)}
          data={[
            { value: '', label: words.audit.every },
            ...actions.map((one) => ({ value: one, label: one.replaceAll('-', ' ') })),
          ]}
        />
      </Group>
      {log.isPending && name !== null ? <Waiting what={words.audit.reading} /> : null}
      {log.isError ? <Trouble error={log.error} again={() => void log.refetch()} /> : null}
      {(log.isSuccess && shown.length === 0) || name === null ? (
        <Empty title={words.audit.none}>{words.audit.noneWhy}</Empty>
      ) : null}
      {shown.length === 0 ? null : (
        <Scrolls label={words.nav.audit} width={720}>
          <Table verticalSpacing="xs" horizontalSpacing="md">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{words.audit.when}</Table.Th>
                <Table.Th>{words.audit.who}</Table.Th>
                <Table.Th>{words.audit.what}</Table.Th>
                <Table.Th>{words.audit.on}</Table.Th>
                <Table.Th>{words.audit.detail}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {shown.map((entry, index) => (
                <Table.Tr key={`${entry.at}-${String(index)}`}>
                  <Table.Td className="lf-nowrap">{when(entry.at)}</Table.Td>
                  <Table.Td className="lf-break">{entry.actor}</Table.Td>
                  <Table.Td>{entry.action.replaceAll('-', ' ')}</Table.Td>
                  <Table.Td className="lf-break">{entry.subject}</Table.Td>
                  <Table.Td className="lf-break">
                    <Detail detail={entry.detail} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Scrolls>
      )}
    </Page>
  );
}

function Detail({ detail }: { detail: unknown }) {
  if (detail === null || detail === undefined) return null;
  const text = JSON.stringify(detail);
  return text === '{}' ? null : text.length > 160 ? (
    <Code block>{JSON.stringify(detail, null, 1)}</Code>
  ) : (
    <Text size="xs">{text}</Text>
  );
}
