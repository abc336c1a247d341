/** Small parts that many pages use: titles, states, amounts, calm failures, empty places that teach. */
import { Alert, Anchor, Badge, Box, Button, Group, Loader, Stack, Text, Title } from '@mantine/core';
import { Link as RouterLink } from '@tanstack/react-router';
import type { NotificationData } from '@mantine/notifications';
import { useEffect, useState, type ReactNode } from 'react';
import { ApiError } from './api.ts';
import { download } from './files.ts';
import { shown } from './money.ts';
import { stateWord, words } from './words.ts';

export function Page({
  title,
  place,
  lead,
  help,
  actions,
  children,
}: {
  title: string;
  /** The page’s name in the navigation, where its heading says something else. */
  place?: string;
  /** A quiet line below the title. */
  lead?: string | undefined;
  help?: string;
  actions?: ReactNode;
  children: ReactNode;
}) {
  useEffect(() => {
    document.title = `${place === undefined || place === title ? '' : `${place}: `}${title} · ${words.product}`;
  }, [title, place]);
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-end">
        <Group gap="sm" align="baseline">
          <Title order={1} size="h2">
            {title}
          </Title>
          {help === undefined ? null : (
            <Anchor component={RouterLink} to={`/help/${help}`} size="sm">
              Help
            </Anchor>
          )}
        </Group>
        <Group gap="xs">{actions}</Group>
      </Group>
      {lead === undefined ? null : (
        <Text className="lf-quiet" mt="calc(-1 * var(--mantine-spacing-md))">
          {lead}
        </Text>
      )}
      {children}
    </Stack>
  );
}

const tones: Readonly<Record<string, string>> = {
  parked: 'orange',
  held: 'yellow',
  ready: 'blue',
  posting: 'blue',
  verifying: 'violet',
  posted: 'green',
  written_back: 'green',
  waiting: 'gray',
  seen: 'gray',
  skipped: 'gray',
  voided: 'gray',
};

export const State = ({ state }: { state: string }) => (
  <Badge
    color={tones[state] ?? 'gray'}
    variant="light"
    tt="none"
    radius="sm"
    styles={{ label: { color: 'var(--mantine-color-text)' } }}
  >
    {stateWord(state)}
  </Badge>
);

export const Money = ({ amount, strong }: { amount: string | null; strong?: boolean }) => (
  <Text
    component="span"
    ff="monospace"
    size="sm"
    fw={strong === true ? 600 : undefined}
    style={{ fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }}
  >
    {shown(amount)}
  </Text>
);

/** A failure in the server's own words, with a way to try again. */
export function Trouble({ error, again }: { error: unknown; again?: () => void }) {
  const message = error instanceof Error ? error.message : 'Something went wrong.';
  return (
    <Alert color="orange" title="This could not be shown" role="alert">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{message}</Text>
        {again === undefined ? null : (
          <Button size="xs" variant="default" onClick={again}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

export const Waiting = ({ what }: { what: string }) => (
  <Group gap="sm" role="status">
    <Loader size="sm" />
    <Text>{what}</Text>
  </Group>
);

/** A wide table in its own sheet: it scrolls sideways, also by the keyboard. */
export const Scrolls = ({ label, width, children }: { label: string; width: number; children: ReactNode }) => (
  <div className="lf-card lf-scrolls" role="region" aria-label={label} tabIndex={0}>
    <div style={{ minWidth: width }}>{children}</div>
  </div>
);

/** Fetches a file of the server; the password may be asked for first. */
export function Download({ href, size, children }: { href: string; size?: 'xs'; children: ReactNode }) {
  const [isBusy, setBusy] = useState(false);
  const fetched = (): void => {
    setBusy(true);
    void download(href)
      .catch(refused)
      .finally(() => setBusy(false));
  };
  return (
    <Button variant="default" className="lf-no-print" loading={isBusy} onClick={fetched} {...(size && { size })}>
      {children}
    </Button>
  );
}

/** An empty place says what will stand here and what to do for it. */
export const Empty = ({ title, children }: { title: string; children: ReactNode }) => (
  <Box p="xl" style={{ border: '1px dashed var(--mantine-color-default-border)', borderRadius: 10 }}>
    <Stack gap={4}>
      <Text fw={600}>{title}</Text>
      <Text size="sm">{children}</Text>
    </Stack>
  </Box>
);

/** What shows them is loaded with the first one. */
const notify = (what: NotificationData): void =>
  void import('@mantine/notifications').then(({ notifications }) => notifications.show(what));
export const said = (message: string): void => notify({ message, color: 'green', autoClose: 6_000 });
/** Done, with something left for the person: it stays until it is closed. */
export const warned = (message: string): void => notify({ message, color: 'orange', autoClose: false });
export const refused = (error: unknown): void =>
  notify({
    title: error instanceof ApiError && error.status === 409 ? 'Not now' : 'It was not done',
    message: error instanceof Error ? error.message : 'Something went wrong.',
    color: 'orange',
    autoClose: 12_000,
  });

export const when = (iso: string | null): string =>
  iso === null ? '' : new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
