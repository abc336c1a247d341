/**
 * A run's report as mail: HTML, text and CSV from the one value, adding nothing to it. Pure; the same report makes the
 * same mail to the byte, so that a crash between composing and saving changes nothing.
 */
import type { RunReport } from '../core/report.ts';
import { composeCopyResult } from './compose-lists.ts';
import { header } from './escape.ts';
import type { Mail, MailKind, MailPlace } from './mail.ts';
import { reportAttachment } from './report-csv.ts';
import { renderReportHtml } from './report-html.ts';
import { renderReportText } from './report-text.ts';
import { headline } from './report-words.ts';

export type { Mail } from './mail.ts';
export { renderReportText } from './report-text.ts';
export { headline, stateWord } from './report-words.ts';

const kinds: Readonly<Record<string, MailKind>> = { 'void-pass': 'void-report', 'payment-pass': 'payment-report' };

/** The mail at the end of a run; a manual copy has its own form. */
export function composeRunReport(report: RunReport, place: MailPlace): Mail {
  if (report.kind === 'manual-copy') return composeCopyResult(report, place);
  return {
    kind: kinds[report.kind] ?? 'run-report',
    subject: header(`${place.connectionName}: ${headline({ ...report, failure: firstSentence(report.failure) })}`),
    text: renderReportText(report),
    html: renderReportHtml(report, place),
    attachments: [reportAttachment(report)],
  };
}

/** What a run stopped for; the cure after it is for the mail's text. */
const firstSentence = (failure: string | null): string | null => failure?.split(/[.] (?=[A-Z])/, 1)[0] ?? null;
