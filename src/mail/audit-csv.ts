/** The audit log as CSV, as spreadsheets expect it; every cell neutralised. */
import { stringify } from 'csv-stringify/sync';
import { cell } from './escape.ts';

export interface AuditLine {
  readonly number: number;
  readonly at: string;
  readonly connection: string | null;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly detail: unknown;
  readonly hash: string;
}

const columns = ['Number', 'At', 'Connection', 'Who', 'Action', 'What', 'Detail', 'Hash'] as const;

export const renderAuditCsv = (lines: readonly AuditLine[]): string =>
  stringify(
    [
      columns,
      ...lines.map((one) =>
        [
          String(one.number),
          one.at,
          one.connection ?? '',
          one.actor,
          one.action,
          one.subject,
          JSON.stringify(one.detail),
          one.hash,
        ].map(cell),
      ),
    ],
    { bom: true, record_delimiter: '\r\n' },
  );
