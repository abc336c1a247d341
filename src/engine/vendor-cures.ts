/** What a vendor's failure means for a person: what happened, and what mends it. One sentence for terminal, API and report. */
import {
  CredentialsRefused,
  isVendorFailure,
  NothingThere,
  VendorRefused,
  VendorUnreachable,
  WaitNeeded,
} from '../platform/failures.ts';
import { PatienceExhausted } from './waiting.ts';

const REST = 'what is done stands, and nothing is sent twice';

/** The failure of a vendor's side with its cure, or null when it is none. Where credentials are refused or nothing is there, the words have the cure. */
export function vendorSentence(error: unknown): string | null {
  if (error instanceof PatienceExhausted)
    return `${ended(error.message)} ${outageCure(error.vendor, !error.isReached)}`;
  if (!isVendorFailure(error)) return null;
  if (error instanceof CredentialsRefused || error instanceof NothingThere) return error.message;
  return `${ended(error.message)} ${cureOf(error)}`;
}

function cureOf(error: WaitNeeded | VendorRefused | VendorUnreachable): string {
  if (error instanceof WaitNeeded) return `Run it again then: ${REST}.`;
  if (error instanceof VendorUnreachable) return outageCure(error.vendor, error.sent === 'no');
  // Its own words already name the right that is missing.
  if (error.status === 403) return `Give it the right in ${error.vendor}, then run it again: ${REST}.`;
  return `Mend it in ${error.vendor}, or ask its support with these words, then run it again: ${REST}.`;
}

const outageCure = (vendor: string, isSilent: boolean): string =>
  isSilent
    ? `Check this machine’s network, and whether ${vendor} is up, then run it again: ${REST}.`
    : `${vendor} has trouble: run it again in some minutes; ${REST}.`;

const ended = (sentence: string): string => (/[.!?]$/.test(sentence) ? sentence : `${sentence}.`);
