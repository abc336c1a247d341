/** Files out of the desk. */
import { ApiError, askFor, refusal } from './api.ts';
import { words } from './words.ts';

export function save(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

const nameOf = (answer: Response): string =>
  /filename="([^"]+)"/.exec(answer.headers.get('content-disposition') ?? '')?.[1] ?? 'ledgerferry';

/** Saves a file of the server; where it asks for the password again, that comes first. @throws ApiError in the server's words */
export async function download(path: string, init: RequestInit = {}): Promise<void> {
  const answer = await askFor(path, init).catch(() => {
    throw new ApiError(0, words.trouble.gone);
  });
  if (!answer.ok) throw await refusal(answer);
  save(await answer.blob(), nameOf(answer));
}
