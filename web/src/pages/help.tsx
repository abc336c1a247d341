/** The user's pages beside the work: one topic, the list of all, and a search over their texts. */
import { Anchor, Group, Stack, Text, TextInput } from '@mantine/core';
import { useQueries, useQuery } from '@tanstack/react-query';
import { Link as RouterLink, useNavigate, useParams } from '@tanstack/react-router';
import { useEffect, useMemo, useState, type MouseEvent } from 'react';
import './help.css';
import { client, ok } from '../api.ts';
import { readable, titleOf, whereIn } from '../markdown.ts';
import { Empty, Page, Trouble, Waiting } from '../parts.tsx';
import { words } from '../words.ts';

const topicQuery = (topic: string) => ({
  queryKey: ['help', topic],
  queryFn: () => ok(client.GET('/api/v1/help/{topic}', { params: { path: { topic } } })),
  staleTime: Infinity,
});

/** Nothing is searched for with fewer letters. */
const LETTERS_MIN = 2;

export function Help() {
  const { topic = 'index' } = useParams({ strict: false });
  const [asked, setAsked] = useState('');
  const page = useQuery(topicQuery(topic));
  const title = page.data === undefined ? words.nav.help : titleOf(page.data.text, topic);
  const searching = asked.trim().length >= LETTERS_MIN;
  return (
    <Page
      title={title}
      place={words.nav.help}
      actions={
        <TextInput
          type="search"
          aria-label={words.help.search}
          placeholder={words.help.search}
          value={asked}
          onChange={(event) => setAsked(event.currentTarget.value)}
          w={260}
        />
      }
    >
      {page.isPending ? <Waiting what={words.help.opening} /> : null}
      {page.isError ? <Trouble error={page.error} again={() => void page.refetch()} /> : null}
      {page.data === undefined ? null : (
        <div className="lf-help">
          {searching ? (
            <Found asked={asked.trim()} topics={page.data.topics} done={() => setAsked('')} />
          ) : (
            <Article text={page.data.text} />
          )}
          <Topics topics={page.data.topics} present={topic} />
        </div>
      )}
    </Page>
  );
}

/** One page; links to other pages stay in the desk, the place named after # is shown. */
function Article({ text }: { text: string }) {
  const navigate = useNavigate();
  const html = useMemo(() => readable(text), [text]);
  useEffect(() => {
    const place = decodeURIComponent(location.hash.slice(1));
    if (place !== '') document.getElementById(place)?.scrollIntoView();
  }, [html]);
  const follow = (event: MouseEvent<HTMLElement>): void => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    const to = link?.getAttribute('href') ?? '';
    if (!to.startsWith('/help/') || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const [path = to, hash] = to.split('#');
    void navigate({ to: path, ...(hash === undefined ? {} : { hash }) });
  };
  // `readable` escapes raw HTML and lets through no address but our own pages and https.
  return <article className="lf-prose" onClick={follow} dangerouslySetInnerHTML={{ __html: html }} />;
}

function Topics({ topics, present }: { topics: readonly string[]; present: string }) {
  return (
    <nav aria-label={words.help.topics} className="lf-topics">
      <Text fw={600} size="sm">
        {words.help.topics}
      </Text>
      <ul>
        {topics.map((topic) => (
          <li key={topic}>
            <Anchor
              component={RouterLink}
              to={`/help/${topic}`}
              size="sm"
              aria-current={topic === present ? 'page' : undefined}
            >
              {words.help.topic(topic)}
            </Anchor>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Found({ asked, topics, done }: { asked: string; topics: readonly string[]; done: () => void }) {
  const pages = useQueries({ queries: topics.map(topicQuery) });
  const found = pages.flatMap((page) => {
    const where = page.data === undefined ? null : whereIn(page.data.text, asked);
    return page.data === undefined || where === null ? [] : [{ topic: page.data.topic, text: page.data.text, where }];
  });
  if (pages.some((page) => page.isPending)) return <Waiting what={words.help.searching} />;
  if (found.length === 0) return <Empty title={words.help.nothing(asked)}>{words.help.nothingWhy}</Empty>;
  return (
    <Stack gap="md" component="section" aria-label={words.help.found}>
      {found.map(({ topic, text, where }) => (
        <div key={topic}>
          <Anchor component={RouterLink} to={`/help/${topic}`} fw={600} onClick={done}>
            {titleOf(text, topic)}
          </Anchor>
          <Group gap={0}>
            <Text size="sm" className="lf-break">
              {where.before}
              <mark>{where.hit}</mark>
              {where.after}
            </Text>
          </Group>
        </div>
      ))}
    </Stack>
  );
}
