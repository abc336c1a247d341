import { useQuery } from '@tanstack/react-query';
import { client, ok } from './api.ts';
import { readable } from './markdown.ts';
import { Trouble } from './parts.tsx';

/** One section of the user's pages, beside what it tells of. */
export function SettingHelp({ topic }: { topic: string }) {
  const page = useQuery({
    queryKey: ['help', topic],
    staleTime: Infinity,
    queryFn: () => ok(client.GET('/api/v1/help/{topic}', { params: { path: { topic } } })),
  });
  if (page.isError) return <Trouble error={page.error} />;
  if (page.data === undefined) return null;
  const text = page.data.text.replace(/^## .*\n/, '');
  return <div className="lf-prose" dangerouslySetInnerHTML={{ __html: readable(text) }} />;
}
