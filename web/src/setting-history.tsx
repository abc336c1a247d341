/** Who changed what when, and the way back to any version. */
import { Button, Drawer, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { client, ok } from './api.ts';
import { refused, said, Trouble, Waiting, when } from './parts.tsx';
import { may, useConnection, useSession } from './session.tsx';
import { settingNames, settingTexts as texts, valueWord } from './setting-groups.ts';
import { toolWords } from './tools-words.ts';

export function History({ onClose }: { onClose: () => void }) {
  const { name } = useConnection();
  const { data: session } = useSession();
  const queries = useQueryClient();
  const query = { connection: name };
  const history = useQuery({
    queryKey: ['settings-history', name],
    queryFn: async () => (await ok(client.GET('/api/v1/settings/history', { params: { query } }))).versions,
  });
  const restore = useMutation({
    mutationFn: (version: number) =>
      ok(client.POST('/api/v1/settings/restore', { params: { query }, body: { version } })),
    onSuccess: () => said(texts.restored),
    onError: refused,
    onSettled: () => queries.invalidateQueries(),
  });
  const shown = (key: string, value: string): string => (value === '' ? texts.empty : valueWord(key, value));
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="lg"
      title={texts.history}
      closeButtonProps={{ 'aria-label': toolWords.close }}
    >
      {history.isPending ? <Waiting what={texts.reading} /> : null}
      {history.isError ? <Trouble error={history.error} again={() => void history.refetch()} /> : null}
      {history.data?.length === 0 ? <Text>{texts.historyEmpty}</Text> : null}
      <Stack gap={0} component="ol" className="lf-causes">
        {(history.data ?? []).map((one, index) => (
          <li key={one.version} className="lf-cause">
            <Group justify="space-between" wrap="nowrap" align="flex-start">
              <div>
                <Text fw={600} size="sm">
                  {`${texts.version} ${String(one.version)}${index === 0 ? ` (${texts.now})` : ''}`}
                </Text>
                <Text className="lf-quiet">{`${when(one.at)} ${texts.by} ${one.by}`}</Text>
              </div>
              {index === 0 || !may(session, 'bookkeeper') ? null : (
                <Button
                  size="compact-sm"
                  variant="default"
                  aria-label={`${texts.restore}: ${texts.version} ${String(one.version)}`}
                  loading={restore.isPending && restore.variables === one.version}
                  onClick={() => restore.mutate(one.version)}
                >
                  {texts.restore}
                </Button>
              )}
            </Group>
            {one.changes.map((change) => (
              <Text key={change.key} size="sm" className="lf-break">
                {`${settingNames[change.key] ?? change.key}: ${shown(change.key, change.from)} → ${shown(change.key, change.to)}`}
              </Text>
            ))}
          </li>
        ))}
      </Stack>
    </Drawer>
  );
}
