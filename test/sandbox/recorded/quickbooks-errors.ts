/**
 * The error texts that facts/qbo.md quotes (section 8), with what each means to us. The message of 6210 is our reading: the
 * facts shorten it.
 */
import type { FaultMeaning } from '../../../src/quickbooks/faults.ts';

export interface RecordedError {
  readonly code: string;
  readonly message: string;
  readonly detail: string;
  readonly element?: string;
  readonly type?: string;
  readonly meaning: FaultMeaning;
}

const NOT_FOUND = 'Object Not Found';
const CLOSED =
  'The account period has closed and the account books cannot be updated through the QBO Services API. Please use the QBO website to make these changes.';
const RULE = 'A business validation error has occurred while processing your request';
const NAME = 'Duplicate Name Exists Error';
const NUMBER = 'Duplicate Document Number Error';

export const errors = {
  accessLost: {
    code: '120',
    message: 'Authorization Failure',
    detail: '-11014-You do not have access to use QuickBooks Online Plus.',
    type: 'AuthorizationFault',
    meaning: 'forbidden',
  },
  inactive: {
    code: '610',
    message: NOT_FOUND,
    detail:
      "Object Not Found : Something you're trying to use has been made inactive. Check the fields with accounts, customers, items, vendors or employees.",
    meaning: 'inactive-or-missing',
  },
  deleted: {
    code: '610',
    message: NOT_FOUND,
    detail: 'Object Not Found : Another user has deleted this transaction.',
    meaning: 'inactive-or-missing',
  },
  missing: {
    code: '2020',
    message: 'Required param missing, need to supply the required value for the API',
    detail: 'Required parameter Line is missing in the request',
    element: 'Line',
    meaning: 'invalid-data',
  },
  tooLong: {
    code: '2050',
    message: 'String length is either shorter or longer than supported by specification',
    detail: 'String length specified does not match the supported length. Min:0 Max:21 supported. Supplied length:33',
    element: 'DocNumber',
    meaning: 'invalid-data',
  },
  reference: {
    code: '2500',
    message: 'Invalid Reference Id',
    detail: 'Invalid Reference Id : Names element id 583 not found',
    meaning: 'invalid-reference',
  },
  queryText: {
    code: '4000',
    message: 'Error parsing query',
    detail: 'QueryParserError: Encountered " <IDENTIFIER> "TxnDate "" at line 1, column 29.',
    meaning: 'invalid-data',
  },
  queryProperty: {
    code: '4001',
    message: 'Invalid query',
    detail: 'QueryValidationError: Property NoSuchField not found for Entity Purchase',
    meaning: 'invalid-data',
  },
  queryStart: {
    code: '4001',
    message: 'Invalid query',
    detail: 'QueryValidationError: value 0 is too small. Min allowed value is 1',
    meaning: 'invalid-data',
  },
  stale: {
    code: '5010',
    message: 'Stale Object Error',
    detail:
      'Stale Object Error : You and <user> were working on this at the same time. <user> finished before you did, so your work was not saved.',
    meaning: 'stale',
  },
  noVat: {
    code: '6000',
    message: RULE,
    detail: 'Business Validation Error: Make sure all your transactions have a VAT rate before you save.',
    meaning: 'business-rule',
  },
  noGst: {
    code: '6000',
    message: RULE,
    detail: 'Business Validation Error: Make sure all your transactions have a GST rate before you save.',
    meaning: 'business-rule',
  },
  noAmount: {
    code: '6000',
    message: RULE,
    detail: 'Business Validation Error: You must set a transaction amount.',
    meaning: 'business-rule',
  },
  amount: {
    code: '6070',
    message: 'Amount calculation incorrect in the request',
    detail: 'Amount is not equal to UnitPrice * Qty. Supplied value:1,861.07',
    meaning: 'invalid-data',
  },
  number: {
    code: '6140',
    message: NUMBER,
    detail: `${NUMBER} : You must specify a different number. This number has already been used. DocNumber=1042 is assigned to TxnType=Invoice with TxnId=17984`,
    element: '',
    meaning: 'duplicate-number',
  },
  numberOfOlderCompanies: {
    code: '6140',
    message: NUMBER,
    detail: `${NUMBER} : You must specify a different number. This number has already been used.`,
    meaning: 'duplicate-number',
  },
  numberOf2017: {
    code: '6210',
    message: NUMBER,
    detail: `${NUMBER} : You must specify a different number. This number has already been used.`,
    meaning: 'duplicate-number',
  },
  closed: { code: '6210', message: 'Account Period Closed', detail: CLOSED, meaning: 'period-closed' },
  closedPassword: { code: '6200', message: 'Account Period Closed Error', detail: CLOSED, meaning: 'period-closed' },
  name: {
    code: '6240',
    message: NAME,
    detail:
      'The name supplied already exists. : Another customer, vendor or employee is already using this name. Please use a different name.',
    meaning: 'duplicate-name',
  },
  taxRateName: {
    code: '6240',
    message: NAME,
    detail: 'The name supplied already exists. : Another tax rate is already using this name.',
    meaning: 'duplicate-name',
  },
  deposited: {
    code: '6540',
    message: 'Deposited Transaction cannot be changed',
    detail:
      'This transaction has been deposited. If you want to change or delete it, you must edit the deposit it appears on and remove it first.',
    meaning: 'invalid-data',
  },
  system: {
    code: '10000',
    message: 'An application error has occurred while processing your request',
    detail: 'System Failure Error: ...',
    type: 'SystemFault',
    meaning: 'system',
  },
} as const satisfies Readonly<Record<string, RecordedError>>;

/** One of them in its envelope. */
export const envelope = (error: RecordedError): string =>
  JSON.stringify({
    Fault: {
      Error: [
        {
          Message: error.message,
          Detail: error.detail,
          code: error.code,
          ...(error.element === undefined ? {} : { element: error.element }),
        },
      ],
      type: error.type ?? 'ValidationFault',
    },
    time: '2026-03-01T09:19:21.923-08:00',
  });
