/** Check settings: all of them in plain words; what a change would do is shown before it is saved. */
import '../tools.css';
import { Button, FileButton, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { client, ok, type SettingRow } from '../api.ts';
import { Download, Page, refused, said, Trouble, Waiting } from '../parts.tsx';
import { may, useConnection, useSession } from '../session.tsx';
import { Control } from '../setting-control.tsx';
import { settingGroups, settingNames, settingTexts as texts } from '../setting-groups.ts';
import { Effect } from '../setting-effect.tsx';
import { Leaving } from '../setting-leave.tsx';
import { Meanwhile } from '../setting-meanwhile.tsx';
import { words } from '../words.ts';

const History = lazy(() => import('../setting-history.tsx').then((module) => ({ default: module.History })));
type Changes = Readonly<Record<string, string>>;

/** What is wanted, and what stood there when it was typed: whoever saves in between is not written over unseen. */
interface Draft {
  readonly changes: Changes;
  readonly was: Changes;
}
const NOTHING: Draft = { changes: {}, was: {} };

/** What was typed and not saved outlives a reload, by connection; it never leaves this browser. */
function useDraft(connection: string): [Draft, (draft: Draft) => void] {
  const key = `ledgerferry.settings.draft.${connection}`;
  const read = (): Draft => {
    try {
      return { ...NOTHING, ...(JSON.parse(localStorage.getItem(key) ?? '{}') as Partial<Draft>) };
    } catch {
      return NOTHING;
    }
  };
  const [draft, setDraft] = useState<Draft>(read);
  const isDirty = Object.keys(draft.changes).length > 0;
  useEffect(() => {
    if (isDirty) localStorage.setItem(key, JSON.stringify(draft));
    else localStorage.removeItem(key);
  }, [key, draft, isDirty]);
  return [draft, setDraft];
}

export function Settings() {
  const { name } = useConnection();
  const query = { connection: name };
  const settings = useQuery({
    queryKey: ['settings', name],
    queryFn: () => ok(client.GET('/api/v1/settings', { params: { query } })),
  });
  const table = useQuery({
    queryKey: ['settings-table'],
    staleTime: Infinity,
    queryFn: async () => (await ok(client.GET('/api/v1/settings/table'))).settings,
  });
  if (settings.isError) return <Trouble error={settings.error} again={() => void settings.refetch()} />;
  if (table.isError) return <Trouble error={table.error} again={() => void table.refetch()} />;
  if (settings.data === undefined || table.data === undefined)
    return (
      <Page title={words.nav.settings} help="settings">
        <Waiting what={texts.reading} />
      </Page>
    );
  return <Form key={name} saved={settings.data.settings} version={settings.data.version} table={table.data} />;
}

/** What is looked for among the settings: typed here, or named by the address. */
function useWanted(): [string, (text: string) => void] {
  const { search }: { search?: unknown } = useSearch({ strict: false });
  const named = typeof search === 'string' ? search : '';
  const [text, setText] = useState(named);
  useEffect(() => setText(named), [named]);
  return [text, setText];
}

interface FormProps {
  readonly saved: Changes;
  readonly version: number;
  readonly table: readonly SettingRow[];
}

function Form({ saved, version, table }: FormProps) {
  const { name } = useConnection();
  const { data: session } = useSession();
  const [draft, setDraft] = useDraft(name);
  const [text, setText] = useWanted();
  const [isHistory, setHistory] = useState(false);
  const changes = Object.fromEntries(Object.entries(draft.changes).filter(([key, value]) => saved[key] !== value));
  const meanwhile = Object.keys(changes).filter((key) => draft.was[key] !== undefined && draft.was[key] !== saved[key]);
  const { store, wrong, rest } = useSaving(changes, version, () => setDraft(NOTHING));
  const letGo = (): void => {
    store.reset();
    setDraft(NOTHING);
  };
  useFirstWrong(wrong, () => setText(''));
  const change = (key: string, value: string): void => {
    store.reset();
    const { [key]: _old, ...others } = draft.changes;
    setDraft(
      value === saved[key]
        ? { ...draft, changes: others }
        : { changes: { ...others, [key]: value }, was: { ...draft.was, [key]: draft.was[key] ?? saved[key] ?? '' } },
    );
  };
  const canWork = may(session, 'bookkeeper');
  return (
    <Page
      title={words.nav.settings}
      help="settings"
      actions={
        <Files
          table={table}
          canWork={canWork}
          onHistory={() => setHistory(true)}
          onImport={(found) => setDraft({ changes: found, was: saved })}
        />
      }
    >
      <TextInput
        className="lf-no-print"
        type="search"
        aria-label={texts.search}
        placeholder={texts.search}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        maw={360}
      />
      <Groups
        table={table}
        values={{ ...saved, ...changes }}
        changes={changes}
        wanted={text.trim().toLowerCase()}
        wrong={wrong}
        canWork={canWork}
        onChange={change}
      />
      {Object.keys(changes).length === 0 ? null : (
        <div className="lf-bar">
          <Stack gap={4} style={{ flex: 1, minWidth: 220 }}>
            <Text fw={600} size="sm" role="status">
              {texts.changed(Object.keys(changes).length)}
            </Text>
            <Refused wrong={wrong} rest={rest} />
            <Meanwhile keys={meanwhile} mine={changes} saved={saved} onTake={(key) => change(key, saved[key] ?? '')} />
            <Effect changes={changes} />
          </Stack>
          <Group gap="xs">
            <Button variant="default" onClick={letGo}>
              {texts.discard}
            </Button>
            <Button loading={store.isPending} onClick={() => store.mutate()}>
              {texts.save}
            </Button>
          </Group>
        </div>
      )}
      <Leaving count={Object.keys(changes).length} onDiscard={letGo} />
      {isHistory ? (
        <Suspense fallback={null}>
          <History onClose={() => setHistory(false)} />
        </Suspense>
      ) : null}
    </Page>
  );
}

/** The history, and settings as a file: out, and in as changes to look at. */
function Files({
  table,
  canWork,
  onHistory,
  onImport,
}: {
  table: readonly SettingRow[];
  canWork: boolean;
  onHistory: () => void;
  onImport: (found: Changes) => void;
}) {
  const { name } = useConnection();
  const importFile = (file: File | null): void => {
    if (file === null) return;
    void file.text().then((content) => {
      const found = settingsOf(content, table);
      if (found === null) refused(new Error(texts.badFile));
      else {
        onImport(found);
        said(texts.imported);
      }
    });
  };
  return (
    <>
      <Button variant="default" onClick={onHistory}>
        {texts.history}
      </Button>
      <Download href={`/api/v1/settings/export?connection=${encodeURIComponent(name)}`}>{texts.exportFile}</Download>
      <FileButton accept=".json,application/json" onChange={importFile}>
        {(props) => (
          <Button {...props} variant="default" disabled={!canWork}>
            {texts.importFile}
          </Button>
        )}
      </FileButton>
    </>
  );
}

/** Saves all or none; a refusal names its setting, and stands beside it. Over a version that was not seen here nothing is saved. */
function useSaving(changes: Changes, version: number, onSaved: () => void) {
  const { name } = useConnection();
  const queries = useQueryClient();
  const store = useMutation({
    mutationFn: () =>
      ok(client.PATCH('/api/v1/settings', { params: { query: { connection: name } }, body: { changes, version } })),
    onSuccess: (now) => {
      queries.setQueryData(['settings', name], now);
      said(texts.saved);
      onSaved();
    },
    onSettled: () => queries.invalidateQueries(),
  });
  const { error } = store;
  const told = useMemo(() => refusals(error), [error]);
  return { store, ...told };
}

/** By setting, as it stands at its field; what names none stands beside the button. */
function refusals(error: Error | null): { wrong: ReadonlyMap<string, string>; rest: string | null } {
  const wrong = new Map<string, string>();
  if (error === null) return { wrong, rest: null };
  const keys = Object.keys(settingNames).toSorted((a, b) => b.length - a.length);
  const lines = error.message.split('\n');
  const others = lines.filter((line) => {
    const key = keys.find((one) => line.startsWith(one));
    if (key !== undefined) wrong.set(key, sentence(line.slice(key.length).replace(/^[:=\s]+/, '')));
    return key === undefined;
  });
  return { wrong, rest: others.length === 0 ? null : others.join(' ') };
}

/** Beside the button: which settings are not taken, or what else is the matter. */
const Refused = ({ wrong, rest }: ReturnType<typeof refusals>) =>
  wrong.size === 0 && rest === null ? null : (
    <Text size="sm" role="alert">
      {rest ?? texts.refused([...wrong.keys()].map((key) => settingNames[key] ?? key))}
    </Text>
  );

/** What was refused comes into view, whatever was searched for. */
function useFirstWrong(wrong: ReadonlyMap<string, string>, showAll: () => void): void {
  const show = useRef(showAll);
  useEffect(() => {
    if (wrong.size === 0) return;
    show.current();
    requestAnimationFrame(() =>
      document.querySelector('.lf-setting[data-wrong="true"]')?.scrollIntoView({ block: 'center' }),
    );
  }, [wrong]);
}

/** The changes that an exported file asks for; null where it is none. */
function settingsOf(content: string, table: readonly SettingRow[]): Changes | null {
  try {
    const { settings } = JSON.parse(content) as { settings?: Changes };
    if (settings === undefined) return null;
    const keys = new Set(table.map((one) => one.key));
    const found = Object.entries(settings).filter(([key, value]) => keys.has(key) && typeof value === 'string');
    // Whether runs happen is never carried over by a file.
    return Object.fromEntries(found.filter(([key]) => key !== 'sync.status'));
  } catch {
    return null;
  }
}

interface GroupsProps {
  readonly table: readonly SettingRow[];
  readonly values: Changes;
  readonly changes: Changes;
  readonly wanted: string;
  readonly wrong: ReadonlyMap<string, string>;
  readonly canWork: boolean;
  readonly onChange: (key: string, value: string) => void;
}

function Groups({ table, values, changes, wanted, wrong, canWork, onChange }: GroupsProps) {
  const byKey = new Map(table.map((one) => [one.key, one]));
  const known = new Set(settingGroups.flatMap((group) => group.keys));
  const rest = table.filter((one) => !known.has(one.key)).map((one) => one.key);
  const groups = [...settingGroups, ...(rest.length === 0 ? [] : [{ title: 'More', keys: rest }])]
    .map(({ title, keys }) => ({
      title,
      rows: keys.flatMap((key) => byKey.get(key) ?? []).filter((one) => isLike(one, wanted)),
    }))
    .filter(({ rows }) => rows.length > 0);
  if (groups.length === 0) return <Text className="lf-quiet">{texts.none}</Text>;
  return groups.map(({ title, rows }) => (
    <section key={title} className="lf-card" aria-label={title}>
      <Text component="h2" fw={600} m={0} mb={4}>
        {title}
      </Text>
      {rows.map((setting) => (
        <div
          key={setting.key}
          className="lf-setting"
          data-changed={setting.key in changes}
          data-wrong={wrong.has(setting.key)}
        >
          <div>
            <Text fw={500} size="sm">
              {settingNames[setting.key] ?? setting.key}
            </Text>
            <Text component="p" className="lf-quiet">
              {setting.notYet.includes('all') ? `${texts.notYet}. ` : ''}
              {`${sentence(setting.help)}.`}
            </Text>
            <More setting={setting} />
          </div>
          <Control
            setting={setting}
            value={values[setting.key] ?? ''}
            disabled={!canWork || setting.notYet.includes('all')}
            error={wrong.get(setting.key) ?? null}
            onChange={(value) => onChange(setting.key, value)}
          />
        </div>
      ))}
    </section>
  ));
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
const isLike = (one: SettingRow, wanted: string): boolean =>
  [one.key, one.help, settingNames[one.key] ?? ''].some((part) => part.toLowerCase().includes(wanted));

const Section = lazy(() => import('../setting-help.tsx').then((module) => ({ default: module.SettingHelp })));

/** The section of docs/user/settings.md, read when it is opened. */
function More({ setting }: { setting: SettingRow }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)} className="lf-no-print">
      <summary className="lf-quiet">{texts.more}</summary>
      {isOpen ? (
        <Suspense fallback={null}>
          <Section topic={setting.key} />
        </Suspense>
      ) : null}
    </details>
  );
}
