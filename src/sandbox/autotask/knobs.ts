/** What a test may turn on the Autotask sandbox; the defaults are the choices of facts/autotask.md section 8. */
export interface AutotaskKnobs {
  userName: string;
  secret: string;
  integrationCode: string;
  /** The tenant's customer number in zone discovery. */
  customerNumber: number | string;
  /** The probe that is hardly documented (facts section 1); a tenant may lack it. */
  version: 'present' | 'absent';
  /** Wrong passwords until the user is locked (facts section 1: the count is not public). */
  lockAfter: number;
  /** Good user and secret, wrong integration code: two sources, two answers (facts section 1). */
  wrongIntegrationCode: '500' | '401';
  requestThreshold: number;
  /** What other integrations of the database have used of the hour. */
  otherRequests: number;
  threadsPerEndpoint: number;
  /** Status of the refusal of a fourth thread; sometimes the same text comes with another one (facts 2.7). */
  threadStatus: 429 | 500;
  /** Status above the hourly threshold; not public (facts section 3). */
  suspensionStatus: 429 | 500;
  /** Retry-After of both refusals; it comes only sometimes. */
  retryAfterSeconds: number | null;
  /** Product milliseconds that each call takes; the penalty of a busy hour comes on top. */
  latencyMs: number;
  missingItem: '200-null' | '404';
  /** The most rows of a page, however many are asked for; nothing promises full pages (facts 2.3). */
  pageRows: number;
  /** What a PATCH of an unknown id says (facts section 8.6: the text is not known). */
  unknownIdText: string;
  /** Whether a PATCH with null empties a field (facts section 9, open). */
  patchNull: 'clears' | 'ignored';
  /** What invoiceTotal holds (facts 4.1: the only recorded payload says net, the documents say nothing). */
  invoiceTotalMode: 'net' | 'gross';
  /** Whether Approve & Post keeps four decimals or rounds every line to cents (facts section 5, rounding). */
  lineRounding: 'four-decimals' | 'cents';
  /** Entities that the security level of the API user does not let it query or update (facts section 1). */
  deniedQuery: string[];
  deniedUpdate: string[];
  /** The security level's right to PDF and mark-up of invoices (facts section 1, the API user). */
  invoiceDocuments: 'allowed' | 'denied';
  /** The three forms in which the data of a PDF was seen or declared (facts 4.1). */
  pdfData: 'base64' | 'numbers' | 'wrapped';
  /** The newer sub-resource of companies; a tenant may lack it (facts 4.4). */
  invoiceSettings: 'present' | 'absent';
  /** A tenant of 2024: rows and metadata without the newer fields. */
  olderTenant: boolean;
  /** A tenant of tomorrow: rows with fields that nobody knows yet. */
  unknownFields: boolean;
}

export const defaultKnobs: AutotaskKnobs = {
  userName: 'api@msp.example',
  secret: 'sandbox-secret',
  integrationCode: 'SANDBOXINTEGRATIONCODE12345',
  customerNumber: 12345,
  version: 'present',
  lockAfter: 5,
  wrongIntegrationCode: '500',
  requestThreshold: 10_000,
  otherRequests: 0,
  threadsPerEndpoint: 3,
  threadStatus: 429,
  suspensionStatus: 429,
  retryAfterSeconds: null,
  latencyMs: 0,
  missingItem: '200-null',
  pageRows: 500,
  unknownIdText: 'No matching records found for the given id.',
  patchNull: 'clears',
  invoiceTotalMode: 'net',
  lineRounding: 'four-decimals',
  deniedQuery: [],
  deniedUpdate: [],
  invoiceDocuments: 'allowed',
  pdfData: 'base64',
  invoiceSettings: 'present',
  olderTenant: false,
  unknownFields: false,
};
