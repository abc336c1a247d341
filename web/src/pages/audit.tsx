/** The audit log: who did what when, newest first, a page at a time; as a file by the server. */
import { Anchor, Button, Group, NativeSelect, Table, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link as RouterLink } from '@tanstack/react-router';
import { useState } from 'react';
import { client, ok, type Audited } from '../api.ts';
import { Download, Empty, Page, Trouble, Waiting, when, Scrolls } from '../parts.tsx';
import { may, useConnections, useSession } from '../session.tsx';
import { useChoose } from '../shell.tsx';
import { kindWord, words } from '../words.ts';

const actionWord = (action: string): string =>
  action in words.runKinds ? kindWord(action) : action.replaceAll('-', ' ').replace('quickbooks', 'QuickBooks');

const matches = (entry: Audited, text: string): boolean =>
  JSON.stringify(entry).toLowerCase().includes(text.trim().toLowerCase());

interface Wanted {
  readonly connection: string;
  readonly action: string;
}

/** What is chosen is asked of the server: its answers come newest first, a page at a time. */
function useLog({ connection, action }: Wanted) {
  const query = { ...(connection !== '' && { connection }), ...(action !== '' && { action }) };
  const log = useInfiniteQuery({
    queryKey: ['audit', query],
    initialPageParam: null as number | null,
    queryFn: ({ pageParam }) =>
      ok(
        client.GET('/api/v1/audit', {
          params: { query: { ...query, ...(pageParam !== null && { before: pageParam }) } },
        }),
      ),
    getNextPageParam: (page) => page.next,
  });
  return { log, csv: `/api/v1/audit/csv?${new URLSearchParams(query).toString()}` };
}

export function Audit() {
  const { data: session } = useSession();
  const [text, setText] = useState('');
  const [wanted, setWanted] = useState<Wanted>({ connection: '', action: '' });
  const { log, csv } = useLog(wanted);
  const all = log.data?.pages.flatMap((page) => page.entries) ?? [];
  const shown = all.filter((entry) => matches(entry, text));
  const actions = log.data?.pages[0]?.actions ?? [];
  return (
    <Page
      title={words.nav.audit}
      actions={may(session, 'owner') ? <Download href={csv}>{words.audit.export}</Download> : null}
    >
      <Group gap="sm" align="flex-end" className="lf-no-print">
        <TextInput label={words.audit.search} value={text} onChange={(event) => setText(event.currentTarget.value)} />
        <NativeSelect
          label={words.audit.action}
          value={wanted.action}
          onChange={(event) => setWanted({ ...wanted, action: event.currentTarget.value })}
          data={[
            { value: '', label: words.audit.every },
            ...actions.map((one) => ({ value: one, label: actionWord(one) })),
          ]}
        />
        <OfConnection value={wanted.connection} onChange={(connection) => setWanted({ ...wanted, connection })} />
      </Group>
      {log.isPending ? <Waiting what={words.audit.reading} /> : null}
      {log.isError ? <Trouble error={log.error} again={() => void log.refetch()} /> : null}
      {log.isSuccess && shown.length === 0 ? <Empty title={words.audit.none}>{words.audit.noneWhy}</Empty> : null}
      {shown.length === 0 ? null : <Lines entries={shown} withConnection={wanted.connection === ''} />}
      {log.hasNextPage ? (
        <Button
          variant="default"
          className="lf-no-print"
          style={{ alignSelf: 'center' }}
          loading={log.isFetchingNextPage}
          onClick={() => void log.fetchNextPage()}
        >
          {words.audit.older}
        </Button>
      ) : null}
    </Page>
  );
}

/** One connection's lines, or all of the organization, its people among them. */
function OfConnection({ value, onChange }: { value: string; onChange: (name: string) => void }) {
  const connections = useConnections().data ?? [];
  return (
    <NativeSelect
      label={words.audit.connection}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      data={[{ value: '', label: words.audit.everywhere }, ...connections.map((one) => one.name)]}
    />
  );
}

const Lines = ({ entries, withConnection }: { entries: readonly Audited[]; withConnection: boolean }) => (
  <Scrolls label={words.nav.audit} width={720}>
    <Table className="lf-cards" verticalSpacing="xs" horizontalSpacing="md">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{words.audit.when}</Table.Th>
          <Table.Th>{words.audit.who}</Table.Th>
          <Table.Th>{words.audit.what}</Table.Th>
          {withConnection ? <Table.Th>{words.audit.connection}</Table.Th> : null}
          <Table.Th>{words.audit.on}</Table.Th>
          <Table.Th>{words.audit.detail}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {entries.map((entry) => (
          <Table.Tr key={entry.number}>
            <Table.Td className="lf-nowrap" data-label={words.audit.when}>
              {when(entry.at)}
            </Table.Td>
            <Table.Td className="lf-break" data-label={words.audit.who}>
              {entry.actor}
            </Table.Td>
            <Table.Td>{actionWord(entry.action)}</Table.Td>
            {withConnection ? (
              <Table.Td className="lf-break" data-label={words.audit.connection}>
                {entry.connection}
              </Table.Td>
            ) : null}
            <Table.Td className="lf-break" data-label={words.audit.on}>
              <Subject entry={entry} />
            </Table.Td>
            <Table.Td className="lf-break lf-detail" data-label={words.audit.detail}>
              {linesOf(entry.detail).length === 0 ? null : <Detail lines={linesOf(entry.detail)} />}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  </Scrolls>
);

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A run is named short, with the way to it; its connection becomes the chosen one. */
function Subject({ entry }: { entry: Audited }) {
  const choose = useChoose();
  const { action, connection, subject } = entry;
  if (!(action in words.runKinds || action === 'run-exported') || !UUID.test(subject)) return subject;
  return (
    <Anchor
      component={RouterLink}
      to={`/runs/${subject}`}
      size="sm"
      className="lf-nowrap"
      onClick={() => {
        if (connection !== null) choose(connection);
      }}
    >
      {words.audit.run(subject)}
    </Anchor>
  );
}

const LISTED = 12;
const LINES = 4;

/** A value in a few words: a list by its first entries, what lies deeper as it was written. */
function valueText(value: unknown): string {
  if (!Array.isArray(value)) return typeof value === 'string' ? value : JSON.stringify(value);
  const more = value.length - LISTED;
  const first = value
    .slice(0, LISTED)
    .map((one: unknown) => (typeof one === 'object' ? JSON.stringify(one) : String(one)));
  return first.join(', ') + (more > 0 ? ` + ${words.audit.more(more)}` : '');
}

/** `key: value`, a line each. */
const linesOf = (detail: unknown): string[] =>
  detail === null || typeof detail !== 'object'
    ? []
    : Object.entries(detail)
        .map(([key, value]) => [key, valueText(value)] as const)
        .filter(([, text]) => text !== '')
        .map(([key, text]) => `${key}: ${text}`);

/** The first lines; the others are a click away, so that the rows stay low. */
function Detail({ lines }: { lines: readonly string[] }) {
  const shown = lines.slice(0, LINES);
  return (
    <>
      {shown.map((line) => (
        <div key={line}>{line}</div>
      ))}
      {lines.length > LINES ? (
        <details>
          <summary>{words.audit.more(lines.length - LINES)}</summary>
          {lines.slice(LINES).map((line) => (
            <div key={line}>{line}</div>
          ))}
        </details>
      ) : null}
    </>
  );
}
