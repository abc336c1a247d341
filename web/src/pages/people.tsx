/** Who may sign in and what each may do; one's own name, password and second step. */
import {
  Badge,
  Button,
  Code,
  CopyButton,
  Group,
  NativeSelect,
  Stack,
  Table,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { client, ok } from '../api.ts';
import { useDraft } from '../drafts.ts';
import { Empty, Page, refused, said, Trouble, Waiting, when, Scrolls } from '../parts.tsx';
import { Profile } from '../profile.tsx';
import { may, ranks, useSession, type Role } from '../session.tsx';
import { words } from '../words.ts';

const roleChoices = ranks.map((value) => ({ value, label: words.roles[value] }));

export function People() {
  const { data: session } = useSession();
  const isOwner = may(session, 'owner');
  const people = useQuery({ queryKey: ['people'], queryFn: () => ok(client.GET('/api/v1/people')) });
  return (
    <Page title={words.nav.people}>
      {session?.isDemo === true ? <Empty title={words.people.demo}>{words.people.demoWhy}</Empty> : null}
      {people.isPending ? <Waiting what={words.people.reading} /> : null}
      {people.isError ? <Trouble error={people.error} again={() => void people.refetch()} /> : null}
      {people.data === undefined ? null : (
        <>
          <Members members={people.data.people} isOwner={isOwner} mine={session?.person?.userId ?? ''} />
          {isOwner && session?.isDemo !== true ? <Invite invitations={people.data.invitations} /> : null}
        </>
      )}
      {session?.isDemo === true || session?.person == null ? null : <Profile person={session.person} />}
    </Page>
  );
}

type Member = Awaited<ReturnType<typeof listed>>['people'][number];
type Invitation = Awaited<ReturnType<typeof listed>>['invitations'][number];
const listed = () => ok(client.GET('/api/v1/people'));

function Members({ members, isOwner, mine }: { members: Member[]; isOwner: boolean; mine: string }) {
  if (members.length === 0) return null;
  return (
    <Scrolls label={words.nav.people} width={640}>
      <Table verticalSpacing="sm" horizontalSpacing="md">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{words.people.name}</Table.Th>
            <Table.Th>{words.people.email}</Table.Th>
            <Table.Th>{words.people.role}</Table.Th>
            <Table.Th>{words.connections.actions}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {members.map((member) => (
            <MemberRow key={member.memberId} member={member} isOwner={isOwner} isMe={member.userId === mine} />
          ))}
        </Table.Tbody>
      </Table>
    </Scrolls>
  );
}

function MemberRow({ member, isOwner, isMe }: { member: Member; isOwner: boolean; isMe: boolean }) {
  const queries = useQueryClient();
  const [isSure, setSure] = useState(false);
  const path = { params: { path: { memberId: member.memberId } } };
  const after = { onError: refused, onSettled: () => queries.invalidateQueries({ queryKey: ['people'] }) };
  const change = useMutation({
    mutationFn: (role: Role) => ok(client.PATCH('/api/v1/people/{memberId}', { ...path, body: { role } })),
    onSuccess: () => said(words.people.changed(member.name)),
    ...after,
  });
  const remove = useMutation({
    mutationFn: () => ok(client.DELETE('/api/v1/people/{memberId}', path)),
    onSuccess: () => said(words.people.removed(member.name)),
    ...after,
  });
  const reset = useMutation({
    mutationFn: () =>
      ok(client.POST('/api/v1/people/{memberId}/reset-link', { ...path, body: { dropTwoFactor: false } })),
    onError: refused,
  });
  return (
    <Table.Tr>
      <Table.Td className="lf-break">
        {member.name}{' '}
        {isMe ? (
          <Badge variant="default" tt="none">
            {words.people.you}
          </Badge>
        ) : null}
      </Table.Td>
      <Table.Td className="lf-break">{member.email}</Table.Td>
      <Table.Td>
        <NativeSelect
          size="xs"
          aria-label={`${words.people.role}: ${member.name}`}
          disabled={!isOwner || change.isPending}
          value={member.role}
          data={roleChoices}
          onChange={(event) => change.mutate(event.currentTarget.value as Role)}
        />
      </Table.Td>
      <Table.Td>
        {isOwner ? (
          <Group gap={6}>
            <Button size="compact-sm" variant="default" loading={reset.isPending} onClick={() => reset.mutate()}>
              {words.people.reset}
            </Button>
            <Button
              size="compact-sm"
              variant={isSure ? 'filled' : 'subtle'}
              color={isSure ? 'red.9' : 'gray'}
              {...(isSure ? {} : { c: 'dimmed' })}
              loading={remove.isPending}
              onClick={() => (isSure ? remove.mutate() : setSure(true))}
            >
              {isSure ? words.people.sure : words.people.remove}
            </Button>
          </Group>
        ) : null}
        {reset.data === undefined ? null : <Given text={words.people.resetWhy} link={reset.data.link} />}
      </Table.Td>
    </Table.Tr>
  );
}

export const Given = ({ text, link }: { text: string; link: string }) => (
  <Stack gap={4} mt="xs">
    <Text size="sm">{text}</Text>
    <Group gap="xs">
      <Code className="lf-break">{link}</Code>
      <CopyButton value={link}>
        {({ copied, copy }) => (
          <Button size="compact-sm" variant="default" onClick={copy}>
            {copied ? words.people.copied : words.people.copy}
          </Button>
        )}
      </CopyButton>
    </Group>
  </Stack>
);

function Invite({ invitations }: { invitations: Invitation[] }) {
  const queries = useQueryClient();
  const [draft, change, clear] = useDraft('invite', { email: '', role: 'bookkeeper' as Role });
  const invite = useMutation({
    mutationFn: () => ok(client.POST('/api/v1/people', { body: draft })),
    onSuccess: clear,
    onError: refused,
    onSettled: () => queries.invalidateQueries({ queryKey: ['people'] }),
  });
  return (
    <section className="lf-card" aria-labelledby="invite">
      <Title order={2} size="h5" id="invite">
        {words.people.invite}
      </Title>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          invite.mutate();
        }}
      >
        <Group gap="sm" align="flex-end" mt="sm">
          <TextInput
            required
            type="email"
            label={words.people.email}
            value={draft.email}
            onChange={(event) => change({ email: event.currentTarget.value })}
          />
          <NativeSelect
            label={words.people.role}
            value={draft.role}
            data={roleChoices}
            onChange={(event) => change({ role: event.currentTarget.value as Role })}
          />
          <Button type="submit" loading={invite.isPending}>
            {words.people.makeLink}
          </Button>
        </Group>
      </form>
      <Text className="lf-quiet" mt="xs">
        {words.roleMeans[draft.role]}
      </Text>
      {invitations.map((one) => (
        <Given
          key={one.id}
          text={`${one.email}, ${words.roles[one.role]}: ${words.people.until} ${when(one.expiresAt)}`}
          link={one.link}
        />
      ))}
    </section>
  );
}
