/** The palette: every page, what can be done, any invoice by number, id or company, each setting and help page, without the mouse. */
import { Kbd, Table } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useContext, useEffect, useState, type KeyboardEvent } from 'react';
import { client, ok } from './api.ts';
import { Dialog } from './dialog.tsx';
import { goKeys } from './go-keys.ts';
import { shown } from './money.ts';
import { refused, said } from './parts.tsx';
import { places } from './places.ts';
import { toldRun } from './said-with.tsx';
import { ChosenContext, may, useSession } from './session.tsx';
import { settingNames } from './setting-groups.ts';
import { shownState, stateWord, words } from './words.ts';

interface Choice {
  readonly id: string;
  readonly label: string;
  readonly detail: string;
  readonly act: () => void;
}

/** The navigation's places, by the same names. */
const pages = places.flat().map(({ to, name }) => [to, words.nav[name]] as const);
const FOUND_MAX = 8;
const TYPING_MS = 150;

export function Palette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const choices = useChoices(text, onClose);
  const chosen = Math.min(at, Math.max(0, choices.length - 1));
  const press = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setAt((chosen + step + choices.length) % Math.max(1, choices.length));
    }
    if (event.key === 'Enter') {
      event.preventDefault();
      choices[chosen]?.act();
    }
  };
  return (
    <Dialog label={words.shell.search} onClose={onClose}>
      <div className="lf-palette">
        <input
          autoFocus
          role="combobox"
          aria-label={words.palette.ask}
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={choices[chosen] === undefined ? undefined : `palette-${choices[chosen].id}`}
          placeholder={words.palette.ask}
          value={text}
          onKeyDown={press}
          onChange={(event) => {
            setText(event.currentTarget.value);
            setAt(0);
          }}
        />
        <div role="listbox" id="palette-list" aria-label={words.palette.choices}>
          {choices.map((choice, index) => (
            <div
              key={choice.id}
              id={`palette-${choice.id}`}
              role="option"
              aria-selected={index === chosen}
              onClick={choice.act}
              onMouseMove={() => setAt(index)}
            >
              <span>{choice.label}</span>
              <small>{choice.detail}</small>
            </div>
          ))}
          {choices.length === 0 ? <p className="lf-quiet">&nbsp; {words.palette.nothing}</p> : null}
        </div>
      </div>
    </Dialog>
  );
}

function useChoices(text: string, onClose: () => void): Choice[] {
  const navigate = useNavigate();
  const actions = useActions();
  const wanted = text.trim().toLowerCase();
  const go =
    (to: string, search: Record<string, unknown> = {}) =>
    () => {
      onClose();
      void navigate({ to, search });
    };
  const fixed: Choice[] = [
    ...pages.map(([to, label]) => ({
      id: `go${to.replaceAll('/', '-')}`,
      label,
      detail: words.palette.page,
      act: go(to),
    })),
    ...actions.map(({ id, label, work }) => ({
      id,
      label,
      detail: words.palette.action,
      act: () => {
        onClose();
        work().catch(refused);
      },
    })),
  ].filter((choice) => choice.label.toLowerCase().includes(wanted));
  const invoices = useInvoices(wanted).map((one) => ({
    id: `invoice-${String(one.autotaskInvoiceId)}-${String(one.copyNumber)}`,
    label: `${one.invoiceNumber === '' ? String(one.autotaskInvoiceId) : one.invoiceNumber}  ${one.company}`,
    detail: `${shown(one.total)} · ${stateWord(shownState(one))}`,
    act: go('/invoices', { id: one.autotaskInvoiceId }),
  }));
  const settings = Object.entries(settingNames).map(([key, label]) => ({
    id: `setting-${key}`,
    label,
    detail: words.palette.setting,
    act: go('/settings', { search: label }),
  }));
  const topics = useTopics(wanted).map((topic) => ({
    id: `help-${topic}`,
    label: words.help.topic(topic),
    detail: words.palette.help,
    act: go(`/help/${topic}`),
  }));
  const named = [...settings, ...topics].filter((choice) => choice.label.toLowerCase().includes(wanted));
  return wanted === '' ? fixed : [...invoices, ...fixed, ...(wanted.length > 1 ? named : [])];
}

/** The help's pages, asked for when something is looked for. */
function useTopics(wanted: string): readonly string[] {
  const topic = 'index';
  const page = useQuery({
    queryKey: ['help', topic],
    enabled: wanted.length > 1,
    staleTime: Infinity,
    queryFn: () => ok(client.GET('/api/v1/help/{topic}', { params: { path: { topic } } })),
  });
  return (page.data?.topics ?? []).filter((one) => one !== topic);
}

/** What was typed, looked up when the typing rests. */
function useInvoices(wanted: string) {
  const { connection } = useContext(ChosenContext);
  const [rested, setRested] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setRested(wanted), TYPING_MS);
    return () => clearTimeout(timer);
  }, [wanted]);
  const name = connection?.name ?? '';
  const found = useQuery({
    queryKey: ['palette', name, rested],
    enabled: connection !== null && rested.length > 1,
    queryFn: async () =>
      (await ok(client.GET('/api/v1/invoices', { params: { query: { connection: name, search: rested } } }))).transfers,
  });
  return rested.length > 1 ? (found.data ?? []).slice(0, FOUND_MAX) : [];
}

function useActions(): { id: string; label: string; work: () => Promise<void> }[] {
  const { connection } = useContext(ChosenContext);
  const { data: session } = useSession();
  const navigate = useNavigate();
  if (connection === null || !may(session, 'bookkeeper')) return [];
  const { name } = connection;
  const status = (to: 'sync' | 'paused' | 'next-batch') => async (): Promise<void> => {
    await ok(
      client.POST('/api/v1/connections/{name}/sync-status', { params: { path: { name } }, body: { status: to } }),
    );
    said(`${name}: ${words.syncStatus[to]}`);
  };
  return [
    {
      id: 'act-sync-now',
      label: words.palette.syncNow,
      work: async () => {
        const params = { query: { connection: name } };
        const { run } = await ok(client.POST('/api/v1/runs', { params, body: { kind: 'sync-now' } }));
        toldRun(run.id, navigate);
      },
    },
    { id: 'act-pause', label: words.palette.pause, work: status('paused') },
    { id: 'act-resume', label: words.palette.resume, work: status('sync') },
  ];
}

export function Keys({ onClose }: { onClose: () => void }) {
  const rows: readonly (readonly [string, string])[] = [
    ['Ctrl K', words.palette.ask],
    ['/', words.palette.slash],
    ['?', words.palette.keys],
    ...Object.entries(goKeys).map(
      ([key, to]) => [`g ${key}`, pages.find(([place]) => place === to)?.[1] ?? to] as const,
    ),
    ['↑ ↓', words.palette.walk],
    ['Enter', words.palette.openInvoice],
    ['Space', words.palette.select],
    ['Esc', words.palette.close],
  ];
  return (
    <Dialog label={words.palette.keys} onClose={onClose}>
      <div style={{ padding: 20 }}>
        <h2 style={{ margin: '0 0 12px', fontSize: 18 }}>{words.palette.keys}</h2>
        <Table>
          <Table.Tbody>
            {rows.map(([key, does]) => (
              <Table.Tr key={key}>
                <Table.Td>
                  {key.split(' ').map((one) => (
                    <Kbd key={one} mr={4}>
                      {one}
                    </Kbd>
                  ))}
                </Table.Td>
                <Table.Td>{does}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </Dialog>
  );
}
