/**
 * Secrets at rest: AES-256-GCM, the key outside the database, its id in every value, and the owner (organization,
 * connection, purpose) as authenticated data, so that a value moved to another row does not open.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

export interface SecretOwner {
  readonly organizationId: string;
  readonly connectionId: string;
  readonly purpose: string;
}

/** A stored secret does not open; the message says what to do and holds nothing of it. */
export class SecretsError extends Error {
  override readonly name = 'SecretsError';
}

export interface Secrets {
  /** Encrypts under the present key. */
  seal(text: string, owner: SecretOwner): string;
  /** Decrypts a value of the present or a previous key; throws a SecretsError when it was altered or belongs to somebody else. */
  open(sealed: string, owner: SecretOwner): string;
  /** For the rotation of keys: the value under the present key, or null when it is under it already. */
  reseal(sealed: string, owner: SecretOwner): string | null;
}

const CIPHER = 'aes-256-gcm';
/** Said on opening too: without it a tag that was cut short would be taken. */
const TAG = { authTagLength: 16 } as const;

const keyId = (key: Buffer): string =>
  createHash('sha256').update('ledgerferry key id').update(key).digest('hex').slice(0, 8);
const ownerBytes = (owner: SecretOwner): Buffer =>
  Buffer.from(`${owner.organizationId}/${owner.connectionId}/${owner.purpose}`);

/** `keys[0]` seals; all of them open (rotation: the new one first, the old ones behind). */
export function createSecrets(keys: readonly Buffer[]): Secrets {
  const [present] = keys;
  if (present === undefined) throw new Error('at least one key is needed');
  const byId = new Map(keys.map((key) => [keyId(key), key]));
  const seal: Secrets['seal'] = (text, owner) => {
    const nonce = randomBytes(12);
    const cipher = createCipheriv(CIPHER, present, nonce, TAG).setAAD(ownerBytes(owner));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    const parts = [nonce, cipher.getAuthTag(), sealed].map((part) => part.toString('base64url'));
    return ['v1', keyId(present), ...parts].join('.');
  };
  const open: Secrets['open'] = (value, owner) => {
    const [version, id = '', nonce = '', tag = '', sealed = ''] = value.split('.');
    const key = byId.get(id);
    if (version !== 'v1' || key === undefined)
      throw new SecretsError(
        'A stored secret was made with another key. Set LEDGERFERRY_SECRET_KEY to the key of this database, or the key before it as LEDGERFERRY_SECRET_KEY_PREVIOUS.',
      );
    try {
      const cipher = createDecipheriv(CIPHER, key, Buffer.from(nonce, 'base64url'), TAG)
        .setAAD(ownerBytes(owner))
        .setAuthTag(Buffer.from(tag, 'base64url'));
      return Buffer.concat([cipher.update(Buffer.from(sealed, 'base64url')), cipher.final()]).toString('utf8');
    } catch (error) {
      throw new SecretsError(
        `The stored secret “${owner.purpose}” was altered or belongs to another connection. Enter it again.`,
        { cause: error },
      );
    }
  };
  const reseal: Secrets['reseal'] = (sealed, owner) =>
    sealed.split('.')[1] === keyId(present) ? null : seal(open(sealed, owner), owner);
  return { seal, open, reseal };
}
