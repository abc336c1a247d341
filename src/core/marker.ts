/** The marker in QuickBooks' PrivateNote by which our own copies are recognised (design.md section 3, line 3). */
export interface Marker {
  readonly connectionKey: string;
  readonly invoiceId: number;
  readonly copyNumber: number;
}

/** ASCII; the key has letters and digits only. */
export const markerText = (marker: Marker): string =>
  `LF:${marker.connectionKey}:${String(marker.invoiceId)}:${String(marker.copyNumber)}`;

const pattern = /(?<![A-Za-z0-9])LF:([A-Za-z0-9]+):(\d{1,15}):(\d{1,6})(?!\d)/g;

/** All markers anywhere in a note: a void prefixes it, people edit around it. */
export function markersIn(note: string | null): Marker[] {
  return [...(note ?? '').matchAll(pattern)].map(([, connectionKey = '', invoiceId, copyNumber]) => ({
    connectionKey,
    invoiceId: Number(invoiceId),
    copyNumber: Number(copyNumber),
  }));
}
