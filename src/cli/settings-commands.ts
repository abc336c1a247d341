/** settings show / set / export / import */
import { settingKey, settingKeys, settingTable, type SettingKey } from '../core/settings.ts';
import { changeSettings, restoreSettings, settingsHistory, showSettings } from '../engine/connecting.ts';
import { fetchLiveList, liveKinds } from '../engine/live-lists.ts';
import { WrongUse } from '../engine/requests.ts';
import { actor, chosen } from './connection-commands.ts';
import { readText } from './files.ts';
import { common, type Registry } from './registry.ts';

export function addSettingsCommands(registry: Registry): void {
  const noun = registry.program.command('settings').description('what the runs go by; every change is a version');
  addShowing(registry, noun);
  addVersions(registry, noun);
  addCarrying(registry, noun);
}

type Noun = ReturnType<Registry['program']['command']>;

function addShowing({ act }: Registry, noun: Noun): void {
  common(noun.command('show').description('all settings')).action(
    act(async (opened, options) => {
      const { tenant } = await chosen(opened, options.connection);
      const shown = await showSettings(opened.services, tenant);
      const width = Math.max(...settingKeys.map((key) => key.length));
      return {
        json: shown,
        text: settingKeys
          .map((key) => `${key.padEnd(width)}  ${(shown.settings[key] ?? '').padEnd(20)}  ${settingTable[key].help}`)
          .join('\n'),
      };
    }),
  );
  common(noun.command('set <pairs...>').description('KEY=VALUE ...; all or none')).action(
    act(async (opened, options, pairs) => {
      const { tenant } = await chosen(opened, options.connection);
      const named = pairs.map((pair) => {
        const at = pair.indexOf('=');
        if (at < 1) throw new WrongUse(`"${pair}" is not KEY=VALUE.`);
        return [settingKey(pair.slice(0, at)), pair.slice(at + 1)] as const;
      });
      const changes = Object.fromEntries(named);
      const twice = named.find(([key], at) => named.findIndex(([other]) => other === key) !== at)?.[0];
      if (twice !== undefined) throw new WrongUse(`${twice} is named twice; nothing was changed.`);
      const changed = await changeSettings(opened.services, tenant, changes, actor);
      return {
        json: changed,
        text:
          changed.changed.length === 0
            ? `Nothing was changed: it is so already (version ${String(changed.version)}).`
            : `Saved as version ${String(changed.version)}: ${Object.keys(changes)
                .map((key) => `${key}=${changed.settings[key] ?? ''}`)
                .join(' ')}`,
      };
    }),
  );
}

function addVersions({ act }: Registry, noun: Noun): void {
  common(noun.command('history').description('the versions, newest first, each with what it changed')).action(
    act(async (opened, options) => {
      const { tenant } = await chosen(opened, options.connection);
      const versions = await settingsHistory(opened.services, tenant);
      return {
        json: { versions },
        text: versions
          .map((one) =>
            [
              `version ${String(one.version)}  ${one.at}  by ${one.by}`,
              ...one.changes.map(
                (change) => `    ${change.key}: ${change.from || '(empty)'} -> ${change.to || '(empty)'}`,
              ),
            ].join('\n'),
          )
          .join('\n'),
      };
    }),
  );
  common(
    noun.command('restore <version>').description('an older version becomes the present one; never the sync status'),
  ).action(
    act(async (opened, options, [version = '']) => {
      if (!/^\d{1,9}$/.test(version)) throw new WrongUse(`"${version}" is no version; see: settings history`);
      const { tenant } = await chosen(opened, options.connection);
      const restored = await restoreSettings(opened.services, tenant, Number(version), actor);
      return { json: restored, text: `Version ${version} is restored as version ${String(restored.version)}.` };
    }),
  );
  common(
    noun.command('choices <list>').description(`what QuickBooks has to choose from: ${liveKinds.join(', ')}`),
  ).action(
    act(async (opened, options, [list = '']) => {
      const kind = liveKinds.find((one) => one === list);
      if (kind === undefined) throw new WrongUse(`There is no list "${list}"; there is ${liveKinds.join(', ')}.`);
      const { tenant } = await chosen(opened, options.connection);
      const rows = await fetchLiveList(opened.services, tenant, kind);
      return {
        json: { [kind]: rows },
        text:
          rows
            .map((row) => `${row.id.padEnd(8)} ${row.name}${row.detail === '' ? '' : `  (${row.detail})`}`)
            .join('\n') || 'QuickBooks has none.',
      };
    }),
  );
}

function addCarrying({ act }: Registry, noun: Noun): void {
  common(noun.command('export').description('all settings as one readable document')).action(
    act(async (opened, options) => {
      const { tenant } = await chosen(opened, options.connection);
      const shown = await showSettings(opened.services, tenant);
      return { json: shown.settings, text: JSON.stringify(shown.settings, null, 2), isDocument: true };
    }),
  );
  common(noun.command('import <file>').description('settings from an exported document; never the sync status')).action(
    act(async (opened, options, [file = '']) => {
      const { tenant } = await chosen(opened, options.connection);
      const before = (await showSettings(opened.services, tenant)).settings;
      // Whether runs happen is never carried over by a file.
      const { 'sync.status': _status, ...wanted } = readDocument(file);
      const changed = await changeSettings(opened.services, tenant, wanted, actor);
      const lines = settingKeys
        .filter((key) => before[key] !== changed.settings[key])
        .map((key) => `    ${key}: ${before[key] || '(empty)'} -> ${changed.settings[key] || '(empty)'}`);
      const text = [
        lines.length === 0
          ? `Nothing was changed: all settings are so already (version ${String(changed.version)}).`
          : `Saved as version ${String(changed.version)}.`,
        ...lines,
        `The sync status stays ${changed.settings['sync.status'] ?? ''}: a file never turns runs on or off.`,
      ];
      return { json: changed, text: text.join('\n') };
    }),
  );
}

function readDocument(file: string): Record<string, string> {
  // Editors on Windows put a byte order mark before the first letter.
  const text = readText(file).replace(/^\uFEFF/, '');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new WrongUse(`${file} is not JSON. Give a file that settings export has written.`);
  }
  const twice = repeatedKey(text);
  if (twice !== null) throw new WrongUse(`${file} names ${twice} twice; nothing was changed.`);
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new WrongUse(`${file} is not a document of settings.`);
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, typeof one === 'string' ? one : JSON.stringify(one)]),
  );
}

/** A key that stands twice in a flat JSON object, of which a parser keeps the last alone; null when there is none. */
function repeatedKey(text: string): SettingKey | null {
  const names = [...text.matchAll(/"([^"\\]+)"\s*:/g)].map((found) => found[1]);
  return settingKeys.find((key) => names.indexOf(key) !== names.lastIndexOf(key)) ?? null;
}
