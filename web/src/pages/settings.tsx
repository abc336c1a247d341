/** Check settings: all of them in plain words; what a change would do is shown before it is saved. */
import '../tools.css';
import { Button, FileButton, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useState } from 'react';
import { ApiError, client, ok, type SettingRow } from '../api.ts';
import { Download, Page, refused, said, Trouble, Waiting } from '../parts.tsx';
import { may, useConnection, useSession } from '../session.tsx';
import { Control } from '../setting-control.tsx';
import { settingGroups, settingNames, settingTexts as texts } from '../setting-groups.ts';
import { Effect } from '../setting-effect.tsx';
import { Leaving } from '../setting-leave.tsx';
import { Meanwhile } from '../setting-meanwhile.tsx';

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
      <Page title={texts.title} help="settings">
        <Waiting what={texts.reading} />
      </Page>
    );
  return <Form key={name} saved={settings.data.settings} version={settings.data.version} table={table.data} />;
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
  const [text, setText] = useState('');
  const [isHistory, setHistory] = useState(false);
  const changes = Object.fromEntries(Object.entries(draft.changes).filter(([key, value]) => saved[key] !== value));
  const meanwhile = Object.keys(changes).filter((key) => draft.was[key] !== undefined && draft.was[key] !== saved[key]);
  const letGo = (): void => setDraft(NOTHING);
  const { store, wrong } = useSaving(changes, version, letGo);
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
  const importFile = (file: File | null): void => {
    if (file === null) return;
    void file.text().then((content) => {
      const found = settingsOf(content, table);
      if (found === null) refused(new Error(texts.badFile));
      else {
        setDraft({ changes: found, was: saved });
        said(texts.imported);
      }
    });
  };
  return (
    <Page
      title={texts.title}
      help="settings"
      actions={
        <>
          <Button variant="default" onClick={() => setHistory(true)}>
            {texts.history}
          </Button>
          <Download href={`/api/v1/settings/export?connection=${encodeURIComponent(name)}`}>
            {texts.exportFile}
          </Download>
          <FileButton accept=".json,application/json" onChange={importFile}>
            {(props) => (
              <Button {...props} variant="default" disabled={!canWork}>
                {texts.importFile}
              </Button>
            )}
          </FileButton>
        </>
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
    onError: refused,
    onSettled: () => queries.invalidateQueries(),
  });
  const wrong = store.error instanceof ApiError ? store.error.message : null;
  return { store, wrong };
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
  readonly wrong: string | null;
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
        <div key={setting.key} className="lf-setting" data-changed={setting.key in changes}>
          <div>
            <Text fw={500} size="sm">
              {settingNames[setting.key] ?? setting.key}
            </Text>
            <Text component="p" className="lf-quiet">
              {setting.notYet.includes('all') ? `${texts.notYet}. ` : ''}
              {sentence(setting.help)}
            </Text>
            <More setting={setting} />
          </div>
          <Control
            setting={setting}
            value={values[setting.key] ?? ''}
            disabled={!canWork || setting.notYet.includes('all')}
            error={wrong?.startsWith(setting.key) === true ? wrong : null}
            onChange={(value) => onChange(setting.key, value)}
          />
        </div>
      ))}
    </section>
  ));
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
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
