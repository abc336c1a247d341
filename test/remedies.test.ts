/** Remedies speak to a bookkeeper: what to do on the desk, with the terminal's command beside it, never instead of it. */
import { describe, expect, it } from 'vitest';
import { problemCodes, problemKinds } from '../src/core/problem.ts';
import { settingKeys } from '../src/core/settings.ts';
import { settingNames } from '../web/src/setting-groups.ts';

const BESIDE = / \(terminal: ([^)]+)\)/g;
const COMMAND =
  /\b(?:invoices (?:preview|copy|adopt|approve|hold|release|mark-done|sync|ready)|settings (?:set|show)|items (?:copy|compare)|voids sync|payments sync|items copy|connection (?:add|test|authorize)|runs clear|links set)\b|--\w|\w=/;
const VERBS =
  /^(?:invoices (?:preview|copy|adopt|approve|release|mark-done|sync)|settings set|voids sync|payments sync|items copy|connection test|troubleshoot)\b/;

describe('remedies', () => {
  it.each(problemCodes)('%s: a command stands only beside the words for a person', (code) => {
    const { remedy } = problemKinds[code];
    expect(remedy.replaceAll(BESIDE, '')).not.toMatch(COMMAND);
    for (const [, command = ''] of remedy.matchAll(BESIDE)) expect(command).toMatch(VERBS);
  });

  it.each(problemCodes)('%s: a setting is called as the desk calls it', (code) => {
    const { remedy } = problemKinds[code];
    const [command = ''] = remedy.match(/settings set [^)]+/) ?? [];
    for (const key of settingKeys.filter((one) => command.startsWith(`settings set ${one}=`)))
      expect(remedy).toContain(`“${settingNames[key] ?? key}”`);
    if (command !== '') expect(settingKeys.some((key) => command.startsWith(`settings set ${key}=`))).toBe(true);
  });
});
