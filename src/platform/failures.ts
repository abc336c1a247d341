/**
 * Edge failures: what a connector throws, translated once at its door by status and code, never by words of a message.
 * The engine decides what happens next; no connector loops. No message here may hold a secret, a token or a realm id.
 */
export type Vendor = 'Autotask' | 'QuickBooks';

/** The call was not made, or was refused before it did anything: come back after `waitMs` product milliseconds. */
export class WaitNeeded extends Error {
  override readonly name = 'WaitNeeded';
  readonly vendor: Vendor;
  readonly waitMs: number;
  /** `limit`: our own limiter held it back (nothing was sent) · `vendor`: the vendor refused (429 and the like). */
  readonly source: 'limit' | 'vendor';
  /** Why, without who and how long. */
  readonly detail: string;

  constructor(vendor: Vendor, waitMs: number, source: 'limit' | 'vendor', detail: string) {
    const seconds = String(Math.ceil(waitMs / 1000));
    super(
      source === 'vendor'
        ? `${vendor} asks to wait ${seconds} s: ${detail}`
        : `no call to ${vendor} for ${seconds} s: ${detail}`,
    );
    this.detail = detail;
    this.vendor = vendor;
    this.waitMs = waitMs;
    this.source = source;
  }
}

/** The vendor answered, and the answer is a clear no that a repeat would not change. */
export class VendorRefused extends Error {
  override readonly name = 'VendorRefused';
  readonly vendor: Vendor;
  readonly status: number;
  readonly code: string;
  /** The vendor's reference for its support (intuit_tid), or null. */
  readonly reference: string | null;

  constructor(vendor: Vendor, status: number, code: string, detail: string, reference: string | null) {
    super(`${vendor} refused: ${detail}${reference === null ? '' : ` (reference ${reference})`}`);
    this.vendor = vendor;
    this.status = status;
    this.code = code;
    this.reference = reference;
  }
}

/** The vendor has nothing under the name or id that was asked for: the words say which, and what to look at. */
export class NothingThere extends VendorRefused {}

/** A read whose answer is longer than we take at once: a repeat would bring the same; a smaller page does not. */
export class ReplyTooLong extends VendorRefused {
  constructor(vendor: Vendor, detail: string) {
    super(vendor, 200, 'too-long', detail, null);
  }
}

/** The credentials or tokens are refused: no further call makes sense until a person acts (Autotask locks users out). */
export class CredentialsRefused extends Error {
  override readonly name = 'CredentialsRefused';
  readonly vendor: Vendor;
  readonly reference: string | null;

  constructor(vendor: Vendor, detail: string, reference: string | null = null) {
    super(`${vendor} refused the credentials: ${detail}`);
    this.vendor = vendor;
    this.reference = reference;
  }
}

/** Known before any call: this side of the connection ended, and a person connects it again. Nothing was asked of the vendor. */
export class ConnectionEnded extends CredentialsRefused {
  constructor(vendor: Vendor, sentence: string) {
    super(vendor, sentence);
    this.message = sentence;
  }
}

/** Our own id and secret at the vendor are refused, not this connection's consent: no connection ends by it. */
export class ClientRefused extends CredentialsRefused {}

/** No usable answer: time-out, broken connection, 5xx, HTML instead of JSON, a reply cut short. Says nothing about a write. */
export class VendorUnreachable extends Error {
  override readonly name = 'VendorUnreachable';
  readonly vendor: Vendor;
  /** `no`: definitely nothing was sent. */
  readonly sent: 'no' | 'unknown';
  readonly reference: string | null;
  /** It said yes (a good status), in words that nobody can read. */
  readonly isAnswered: boolean;

  constructor(
    vendor: Vendor,
    sent: 'no' | 'unknown',
    detail: string,
    reference: string | null = null,
    cause?: unknown,
    isAnswered = false,
  ) {
    super(`${vendor} gave no usable answer: ${detail}${reference === null ? '' : ` (reference ${reference})`}`, {
      cause,
    });
    this.vendor = vendor;
    this.sent = sent;
    this.reference = reference;
    this.isAnswered = isAnswered;
  }
}

/** A failure on a vendor's side, in any of its forms: not ours, and not a person's mistake at our door. */
export const isVendorFailure = (
  error: unknown,
): error is WaitNeeded | VendorRefused | CredentialsRefused | VendorUnreachable =>
  [WaitNeeded, VendorRefused, CredentialsRefused, VendorUnreachable].some((kind) => error instanceof kind);
