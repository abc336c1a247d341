/** From nothing to the first synced invoice, step by step; it can be left and taken up again, since each step stands on the server. */
import { Button, Stack, Text } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import type { Connection } from '../api.ts';
import { AutotaskStep } from '../first-run/autotask.tsx';
import { CompanyStep } from '../first-run/company.tsx';
import { DryRunStep, SwitchOnStep } from '../first-run/dry-run.tsx';
import { QuickBooksStep } from '../first-run/quickbooks.tsx';
import { ChoicesStep, useSettings } from '../first-run/choices.tsx';
import { Empty, Page, Waiting } from '../parts.tsx';
import { may, remembered, useConnections, useSession } from '../session.tsx';
import { useChoose } from '../shell.tsx';
import { words } from '../words.ts';

/** The one that the address names, else the one that was worked on last. */
const asked = (): string | null => new URLSearchParams(location.search).get('connection') ?? remembered();

export function FirstRun() {
  const connections = useConnections();
  const { data: session } = useSession();
  const [name, setName] = useState(asked());
  const choose = useChoose();
  const navigate = useNavigate();
  if (!may(session, 'owner'))
    return <Page title={words.first.title}>{<Empty title={words.first.owners}> </Empty>}</Page>;
  if (connections.data === undefined)
    return <Page title={words.first.title}>{<Waiting what={words.connections.reading} />}</Page>;
  const all = connections.data;
  const connection = name === 'new' ? null : (all.find((one) => one.name === name) ?? all.at(-1) ?? null);
  const made = (next: string): void => {
    choose(next);
    setName(next);
    void navigate({ to: '/first-run', search: { connection: next } as never, replace: true });
  };
  return (
    <Page title={words.first.title} help="connecting">
      <Text maw={680}>{words.first.why}</Text>
      <Steps connection={connection} onMade={made} />
    </Page>
  );
}

function Steps({ connection, onMade }: { connection: Connection | null; onMade: (name: string) => void }) {
  const settings = useSettings(connection?.name ?? null);
  const [opened, setOpened] = useState<number | null>(null);
  const [seen, setSeen] = useState<readonly string[]>([]);
  const hasAutotask = connection?.autotask.state === 'connected';
  const hasQuickBooks = connection?.quickbooks.state === 'connected';
  const hasChoices = (settings.data?.settings['items.incomeAccount'] ?? '') !== '';
  const done = [
    hasAutotask,
    hasQuickBooks,
    hasQuickBooks && (hasChoices || seen.includes('company')),
    hasQuickBooks && hasChoices,
    seen.includes('dry-run'),
    hasChoices && connection?.syncStatus !== 'paused',
  ];
  const first = done.findIndex((one) => !one);
  const at = opened ?? (first === -1 ? done.length - 1 : first);
  const next = (what?: string) => (): void => {
    if (what !== undefined) setSeen([...seen, what]);
    setOpened(at + 1);
  };
  const name = connection?.name ?? '';
  const steps: readonly { title: string; content: () => ReactNode; can: boolean }[] = [
    {
      title: words.first.autotask,
      can: true,
      content: () => (
        <AutotaskStep
          connection={connection}
          onDone={(made) => {
            onMade(made);
            setOpened(null);
          }}
        />
      ),
    },
    {
      title: words.first.quickbooks,
      can: hasAutotask,
      content: () => <QuickBooksStep name={name} isDone={hasQuickBooks} onNext={next()} />,
    },
    {
      title: words.first.company,
      can: hasQuickBooks,
      content: () => <CompanyStep name={name} onNext={next('company')} />,
    },
    { title: words.first.choices, can: hasQuickBooks, content: () => <ChoicesStep name={name} onNext={next()} /> },
    {
      title: words.first.dryRun,
      can: hasQuickBooks && hasChoices,
      content: () => <DryRunStep name={name} onNext={next('dry-run')} />,
    },
    {
      title: words.first.switchOn,
      can: hasQuickBooks && hasChoices,
      content: () => <SwitchOnStep name={name} status={connection?.syncStatus ?? ''} />,
    },
  ];
  return (
    <ol className="lf-steps">
      {steps.map(({ title, content, can }, index) => (
        <li key={title} className="lf-card" data-open={index === at}>
          <Button
            variant="transparent"
            c="inherit"
            px={0}
            bg="transparent"
            opacity={can || index === at ? 1 : 0.75}
            disabled={!can && index !== at}
            aria-expanded={index === at}
            h="auto"
            mih={36}
            styles={{
              label: { height: 'auto', overflow: 'visible', lineHeight: 1.4, textAlign: 'left', whiteSpace: 'normal' },
            }}
            onClick={() => setOpened(index)}
          >
            <span className="lf-step" data-done={done[index]} aria-hidden="true">
              {done[index] === true ? '✓' : index + 1}
            </span>
            {title}
            {done[index] === true ? <span className="lf-hidden"> {words.first.done}</span> : null}
          </Button>
          {index === at ? (
            <Stack gap="md" mt="sm">
              {content()}
            </Stack>
          ) : null}
        </li>
      ))}
    </ol>
  );
}
