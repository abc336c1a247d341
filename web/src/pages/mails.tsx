/** Every mail that was composed: sent, kept where no mail server is set, or failed; read as its reader would, sent once more. */
import { Anchor, Badge, Button, Drawer, Group, Stack, Table, Tabs, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link as RouterLink, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { client, ok, type Mail } from '../api.ts';
import { Empty, Page, refused, said, Scrolls, Trouble, Waiting, when } from '../parts.tsx';
import { may, useConnection, useSession } from '../session.tsx';
import { mailState, words } from '../words.ts';

const tones: Readonly<Record<string, string>> = {
  sent: 'green',
  queued: 'blue',
  kept: 'gray',
  failed: 'orange',
};

export function Mails() {
  const { name } = useConnection();
  const navigate = useNavigate();
  const { mail: opened } = useSearch({ strict: false }) as { mail?: string };
  const [asked, setAsked] = useState('');
  const mails = useQuery({
    queryKey: ['mails', name],
    queryFn: async () => (await ok(client.GET('/api/v1/outbox', { params: { query: { connection: name } } }))).mails,
    refetchInterval: 15_000,
  });
  const open = (mail: string | undefined): void =>
    void navigate({ to: '/mails', search: mail === undefined ? {} : { mail } });
  const wanted = asked.trim().toLowerCase();
  const shown = (mails.data ?? []).filter((mail) =>
    [mail.subject, ...mail.to].some((text) => text.toLowerCase().includes(wanted)),
  );
  return (
    <Page
      title={words.nav.mails}
      help="mails"
      actions={
        <TextInput
          type="search"
          aria-label={words.mails.search}
          placeholder={words.mails.search}
          value={asked}
          onChange={(event) => setAsked(event.currentTarget.value)}
        />
      }
    >
      {mails.isPending ? <Waiting what={words.mails.reading} /> : null}
      {mails.isError ? <Trouble error={mails.error} again={() => void mails.refetch()} /> : null}
      {mails.data?.length === 0 ? <Empty title={words.mails.none}>{words.mails.noneWhy}</Empty> : null}
      {mails.data !== undefined && mails.data.length > 0 && shown.length === 0 ? (
        <Empty title={words.mails.nothing(asked)}>{words.mails.nothingWhy}</Empty>
      ) : null}
      {shown.length > 0 ? <List mails={shown} open={open} /> : null}
      <Drawer
        opened={opened !== undefined}
        onClose={() => open(undefined)}
        position="right"
        size="xl"
        title={words.mails.one}
        closeButtonProps={{ 'aria-label': words.mails.close }}
      >
        {opened === undefined ? null : <One id={opened} connection={name} />}
      </Drawer>
    </Page>
  );
}

function List({ mails, open }: { mails: Mail[]; open: (id: string) => void }) {
  return (
    <Scrolls label={words.nav.mails} width={640}>
      <Table className="lf-cards" highlightOnHover verticalSpacing="xs" horizontalSpacing="md">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{words.mails.at}</Table.Th>
            <Table.Th>{words.mails.subject}</Table.Th>
            <Table.Th>{words.mails.to}</Table.Th>
            <Table.Th>{words.mails.state}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {mails.map((mail) => (
            <Table.Tr key={mail.id}>
              <Table.Td className="lf-nowrap" data-label={words.mails.at}>
                {when(mail.createdAt)}
              </Table.Td>
              <Table.Td>
                <Anchor component="button" type="button" size="sm" ta="left" onClick={() => open(mail.id)}>
                  {mail.subject}
                </Anchor>
              </Table.Td>
              <Table.Td className="lf-break lf-address" data-label={words.mails.to}>
                {mail.to.join(', ')}
              </Table.Td>
              <Table.Td data-label={words.mails.state}>
                <StateOf mail={mail} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Scrolls>
  );
}

const StateOf = ({ mail }: { mail: Mail }) => (
  <Badge
    color={tones[mail.state] ?? 'gray'}
    variant="light"
    tt="none"
    radius="sm"
    miw="max-content"
    styles={{ label: { color: 'var(--mantine-color-text)' } }}
  >
    {mailState(mail.state)}
  </Badge>
);

function One({ id, connection }: { id: string; connection: string }) {
  const session = useSession();
  const cache = useQueryClient();
  const params = { path: { id }, query: { connection } };
  const mail = useQuery({
    queryKey: ['mail', connection, id],
    queryFn: () => ok(client.GET('/api/v1/outbox/{id}', { params })),
  });
  const again = useMutation({
    mutationFn: () => ok(client.POST('/api/v1/outbox/{id}/resend', { params })),
    onSuccess: ({ mail: sent }) => {
      said(words.mails.again(sent.to.join(', '), mailState(sent.state)));
      void cache.invalidateQueries({ queryKey: ['mails', connection] });
      void mail.refetch();
    },
    onError: refused,
  });
  if (mail.isPending) return <Waiting what={words.mails.opening} />;
  if (mail.isError) return <Trouble error={mail.error} again={() => void mail.refetch()} />;
  const { subject, to, createdAt, lastError, attachments, runId, html, text, state } = mail.data;
  return (
    <Stack gap="md">
      <Stack gap={4}>
        <Text fw={600} className="lf-break">
          {subject}
        </Text>
        <Text size="sm" className="lf-quiet lf-break">{`${words.mails.to} ${to.join(', ')} · ${when(createdAt)}`}</Text>
        <Group gap="sm">
          <StateOf mail={mail.data} />
          {lastError === null ? null : <Text size="sm">{lastError}</Text>}
        </Group>
        {attachments.length === 0 ? null : (
          <Text size="sm" className="lf-break">{`${words.mails.attached} ${attachments.join(', ')}`}</Text>
        )}
        <Group gap="sm">
          {runId === null ? null : (
            <Anchor component={RouterLink} to={`/runs/${runId}`} size="sm">
              {words.mails.run}
            </Anchor>
          )}
          {may(session.data, 'bookkeeper') && (state === 'failed' || state === 'sent') ? (
            <Button size="xs" variant="default" loading={again.isPending} onClick={() => again.mutate()}>
              {words.mails.resend}
            </Button>
          ) : null}
        </Group>
      </Stack>
      <Tabs defaultValue="html" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="html">{words.mails.asMail}</Tabs.Tab>
          <Tabs.Tab value="text">{words.mails.asText}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="html" pt="sm">
          {/* No script, no form, no address of ours: the frame shows and can do nothing. */}
          <iframe
            title={words.mails.asMail}
            sandbox=""
            srcDoc={html}
            style={{
              width: '100%',
              height: '70vh',
              border: '1px solid var(--lf-rule)',
              borderRadius: 8,
              background: '#fff',
            }}
          />
        </Tabs.Panel>
        <Tabs.Panel value="text" pt="sm">
          <pre tabIndex={0} style={{ overflowX: 'auto', fontSize: 13 }}>
            {text}
          </pre>
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}
