/** QuickBooks' error shapes and recorded texts (facts/qbo.md section 8). */
import type { SandboxReply } from '../shell.ts';
import { writeExact } from '../../platform/exact-json.ts';

export interface FaultBody {
  readonly Fault: {
    readonly Error: readonly { Message: string; Detail: string; code: string; element?: string }[];
    readonly type: string;
  };
}

/** A fault of one operation: status 400 alone, an item inside a batch. */
export class QuickBooksFault extends Error {
  readonly body: FaultBody;
  constructor(code: string, message: string, detail: string, element?: string, type = 'ValidationFault') {
    super(`${code} ${detail}`);
    this.body = {
      Fault: {
        Error: [{ Message: message, Detail: detail, code, ...(element === undefined ? {} : { element }) }],
        type,
      },
    };
  }
}

const pacific = (now: Date): string => `${new Date(now.getTime() - 8 * 3_600_000).toISOString().slice(0, 23)}-08:00`;
/** Times carry a Pacific offset (facts section 2). */
export const wireTime = pacific;

export const json = (status: number, value: unknown, tid: string): SandboxReply => ({
  status,
  headers: { 'content-type': 'application/json;charset=UTF-8', intuit_tid: tid, 'qbo-version': 'sandbox' },
  body: writeExact(value),
});

/** The gateway's own errors are lower case and big. */
export function gateway(
  status: number,
  message: string,
  code: string,
  type: string,
  detail: string,
  now: Date,
  tid: string,
): SandboxReply {
  return json(
    status,
    {
      warnings: null,
      intuitObject: null,
      fault: {
        error: [
          {
            message: `message=${message}; errorCode=00${code}; statusCode=${String(status)}`,
            detail,
            code,
            element: null,
          },
        ],
        type,
      },
      report: null,
      queryResponse: null,
      batchItemResponse: [],
      attachableResponse: [],
      syncErrorResponse: null,
      requestId: null,
      time: now.getTime(),
      status: null,
      cdcresponse: [],
    },
    tid,
  );
}

export const throttled = (now: Date, tid: string): SandboxReply =>
  json(
    429,
    {
      Fault: {
        Error: [
          {
            Message: 'message=ThrottleExceeded; errorCode=003001; statusCode=429',
            Detail: 'The request limit was reached.  Try again later',
            code: '3001',
          },
        ],
        type: 'SERVICE',
      },
      time: wireTime(now),
    },
    tid,
  );

export const faults = {
  missing: (field: string) =>
    new QuickBooksFault(
      '2020',
      'Required param missing, need to supply the required value for the API',
      `Required parameter ${field} is missing in the request`,
      field,
    ),
  tooLong: (field: string, max: number, length: number) =>
    new QuickBooksFault(
      '2050',
      'String length is either shorter or longer than supported by specification',
      `String length specified does not match the supported length. Min:0 Max:${String(max)} supported. Supplied length:${String(length)}`,
      field,
    ),
  characters: (field: string) =>
    new QuickBooksFault(
      '2040',
      'Invalid characters',
      `Property has characters that are not supported: ${field}`,
      field,
    ),
  unknownProperty: (name: string) =>
    new QuickBooksFault(
      '2010',
      'Request has invalid or unsupported property',
      `Property Name:${name} specified is unsupported or invalid`,
      name,
    ),
  reference: (kind: string, id: string) =>
    new QuickBooksFault('2500', 'Invalid Reference Id', `Invalid Reference Id : ${kind} element id ${id} not found`),
  inactive: () =>
    new QuickBooksFault(
      '610',
      'Object Not Found',
      "Object Not Found : Something you're trying to use has been made inactive. Check the fields with accounts, customers, items, vendors or employees.",
    ),
  notFound: () =>
    new QuickBooksFault('610', 'Object Not Found', 'Object Not Found : Another user has deleted this transaction.'),
  stale: () =>
    new QuickBooksFault(
      '5010',
      'Stale Object Error',
      'Stale Object Error : You and another user were working on this at the same time. Another user finished before you did, so your work was not saved.',
    ),
  business: (text: string) =>
    new QuickBooksFault(
      '6000',
      'A business validation error has occurred while processing your request',
      `Business Validation Error: ${text}`,
    ),
  amount: (supplied: string) =>
    new QuickBooksFault(
      '6070',
      'Amount calculation incorrect in the request',
      `Amount is not equal to UnitPrice * Qty. Supplied value:${supplied.replace(/\B(?=(\d{3})+\.)/g, ',')}`,
    ),
  taxCode: () =>
    new QuickBooksFault('6100', 'Invalid TaxCode', 'Invalid tax code: a US company takes TAX or NON on a line'),
  duplicateNumber: (number: string, id: string) =>
    new QuickBooksFault(
      '6140',
      'Duplicate Document Number Error',
      `Duplicate Document Number Error : You must specify a different number. This number has already been used. DocNumber=${number} is assigned to TxnType=Invoice with TxnId=${id}`,
    ),
  readOnly: () =>
    new QuickBooksFault(
      '6190',
      'Invalid Company Status',
      'Subscription period has ended or canceled or there was a billing problem',
    ),
  closed: () =>
    new QuickBooksFault(
      '6210',
      'Account Period Closed',
      'The account period has closed and the account books cannot be updated through the QBO Services API. Please use the QBO website to make these changes.',
    ),
  duplicateName: () =>
    new QuickBooksFault(
      '6240',
      'Duplicate Name Exists Error',
      'The name supplied already exists. : Another customer, vendor or employee is already using this name. Please use a different name.',
    ),
  email: (address: string) =>
    new QuickBooksFault(
      '2210',
      'Invalid Email Address format',
      `Email Address does not conform to the standard email format. Supplied value:${address}`,
      'BillEmail',
    ),
  system: () =>
    new QuickBooksFault(
      '10000',
      'An application error has occurred while processing your request',
      'System Failure Error: please retry',
      undefined,
      'SystemFault',
    ),
  query: (detail: string) => new QuickBooksFault('4000', 'Error parsing query', `QueryParserError: ${detail}`),
  queryInvalid: (detail: string) => new QuickBooksFault('4001', 'Invalid query', `QueryValidationError: ${detail}`),
};
