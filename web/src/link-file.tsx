/** A CSV file of links: what it would change, line by line, and only then the button that takes it. */
import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { client, ok } from './api.ts';
import { usePieces } from './paging.tsx';
import { refused, said, Trouble, Waiting } from './parts.tsx';
import { useConnection } from './session.tsx';
import { toolWords } from './tools-words.ts';

const texts = toolWords.links;
const NOTHING: never[] = [];

export function LinkFile({ csv, onClose }: { csv: string; onClose: () => void }) {
  const { name } = useConnection();
  const queries = useQueryClient();
  const query = { connection: name };
  const preview = useQuery({
    queryKey: ['link-file', name, csv],
    gcTime: 0,
    queryFn: () => ok(client.POST('/api/v1/links/preview', { params: { query }, body: { csv } })),
  });
  const lines = preview.data?.lines ?? NOTHING;
  const wrong = lines.filter((one) => one.result === 'error');
  const news = lines.filter((one) => one.result === 'new' || one.result === 'change');
  const take = useMutation({
    mutationFn: () =>
      ok(
        client.PUT('/api/v1/links', {
          params: { query },
          body: { links: news.map(({ kind, source, quickbooks }) => ({ kind, source, quickbooks })) },
        }),
      ),
    onSuccess: ({ set }) => {
      said(texts.set(set));
      onClose();
    },
    onError: refused,
    onSettled: () => queries.invalidateQueries({ queryKey: ['links'] }),
  });
  const { shown, ways } = usePieces([...wrong, ...news, ...lines.filter((one) => one.result === 'same')], csv);
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={texts.preview}
      closeButtonProps={{ 'aria-label': toolWords.close }}
    >
      <Stack gap="md">
        {preview.isPending ? <Waiting what={texts.reading} /> : null}
        {preview.isError ? <Trouble error={preview.error} /> : null}
        {wrong.length > 0 ? <Text fw={600}>{texts.errorsFirst}</Text> : null}
        {preview.isSuccess && wrong.length === 0 && news.length === 0 ? <Text>{texts.nothingNew}</Text> : null}
        <div className="lf-scroll" tabIndex={0}>
          <table className="lf-table">
            <tbody>
              {shown.map((one) => (
                <tr key={one.line}>
                  <td className="lf-quiet">{one.line}</td>
                  <td>{texts.lineResults[one.result]}</td>
                  <td>{`${one.kind} ${one.source}`}</td>
                  <td>
                    {one.result === 'error'
                      ? one.text
                      : `${one.quickbooksName}${one.result === 'change' ? ` (${texts.was(one.text)})` : ''}`}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        {ways}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {toolWords.cancel}
          </Button>
          <Button
            disabled={wrong.length > 0 || news.length === 0}
            loading={take.isPending}
            onClick={() => take.mutate()}
          >
            {texts.take(news.length)}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
