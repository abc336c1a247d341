/** The Autotask side: the clicks that make an API user, its credentials, the zone that was found, and the rights that are missing. */
import { Alert, Button, List, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { client, ok, type Connection } from '../api.ts';
import { useDraft } from '../drafts.ts';
import { words } from '../words.ts';

export function AutotaskStep({
  connection,
  onDone,
}: {
  connection: Connection | null;
  onDone: (name: string) => void;
}) {
  const queries = useQueryClient();
  const [draft, change, clear] = useDraft('autotask', {
    name: connection?.name ?? '',
    autotaskUser: connection?.autotask.user ?? '',
    integrationCode: '',
  });
  const [secret, setSecret] = useState('');
  const add = useMutation({
    mutationFn: async () => {
      const made = await ok(client.POST('/api/v1/connections', { body: { ...draft, secret } }));
      const found = await ok(client.POST('/api/v1/connections/{name}/test', { params: { path: { name: made.name } } }));
      return { made, missing: found.autotask };
    },
    onSuccess: async ({ made, missing }) => {
      setSecret('');
      await queries.invalidateQueries({ queryKey: ['connections'] });
      if (missing.length > 0) return;
      clear();
      onDone(made.name);
    },
  });
  return (
    <>
      <Clicks />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate();
        }}
      >
        <Stack gap="sm" maw={460}>
          <TextInput
            required
            label={words.first.name}
            description={words.first.nameWhy}
            maxLength={60}
            value={draft.name}
            onChange={(event) => change({ name: event.currentTarget.value })}
          />
          <TextInput
            required
            label={words.first.user}
            autoComplete="off"
            value={draft.autotaskUser}
            onChange={(event) => change({ autotaskUser: event.currentTarget.value })}
          />
          <PasswordInput
            required
            label={words.first.secret}
            autoComplete="off"
            value={secret}
            onChange={(event) => setSecret(event.currentTarget.value)}
          />
          <TextInput
            required
            label={words.first.code}
            autoComplete="off"
            value={draft.integrationCode}
            onChange={(event) => change({ integrationCode: event.currentTarget.value })}
          />
          {add.isError ? (
            <Alert color="orange" role="alert" title={words.first.refused}>
              {add.error.message}
            </Alert>
          ) : null}
          {add.data !== undefined && add.data.missing.length > 0 ? (
            <Missing missing={add.data.missing} onGoOn={() => onDone(add.data.made.name)} />
          ) : null}
          <Button type="submit" loading={add.isPending} style={{ alignSelf: 'flex-start' }}>
            {words.first.prove}
          </Button>
          {connection?.autotask.url == null ? null : (
            <Text className="lf-quiet lf-break">{`${words.first.zone} ${connection.autotask.url}`}</Text>
          )}
        </Stack>
      </form>
    </>
  );
}

const Clicks = () => (
  <div>
    <Text fw={600} size="sm">
      {words.first.clicksTitle}
    </Text>
    <List type="ordered" size="sm" spacing={2} mt={4}>
      {words.first.clicks.map((one) => (
        <List.Item key={one}>{one}</List.Item>
      ))}
    </List>
  </div>
);

const Missing = ({ missing, onGoOn }: { missing: readonly string[]; onGoOn: () => void }) => (
  <Alert color="orange" role="alert" title={words.first.rights}>
    <List size="sm">
      {missing.map((one) => (
        <List.Item key={one}>{one}</List.Item>
      ))}
    </List>
    <Button mt="xs" size="xs" variant="default" onClick={onGoOn}>
      {words.first.goOnAnyway}
    </Button>
  </Alert>
);
