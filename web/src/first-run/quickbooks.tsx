/** The QuickBooks side: consent at Intuit, and back. */
import { Alert, Button, Group, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { client, ok } from '../api.ts';
import { words } from '../words.ts';

const result = (): string => new URLSearchParams(location.search).get('result') ?? '';

export function QuickBooksStep({ name, isDone, onNext }: { name: string; isDone: boolean; onNext: () => void }) {
  const connect = useMutation({
    mutationFn: () => ok(client.POST('/api/v1/connections/{name}/authorize', { params: { path: { name } } })),
    onSuccess: ({ url }) => location.assign(url),
  });
  const told = words.first.results[result() as keyof typeof words.first.results];
  return (
    <>
      <Text size="sm" maw={640}>
        {words.first.consent}
      </Text>
      {told === undefined || isDone ? null : (
        <Alert color="orange" role="alert">
          {told}
        </Alert>
      )}
      {connect.isError ? (
        <Alert color="orange" role="alert" title={words.first.refused}>
          {connect.error.message}
        </Alert>
      ) : null}
      <Group>
        {isDone ? (
          <Button onClick={onNext}>{words.first.next}</Button>
        ) : (
          <Button loading={connect.isPending || connect.isSuccess} onClick={() => connect.mutate()}>
            {words.connections.connect}
          </Button>
        )}
      </Group>
    </>
  );
}
