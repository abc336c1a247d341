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

export interface Secrets {
  /** Encrypts under the present key. */
  seal(text: string, owner: SecretOwner): string;
  /** Decrypts a value of the present or a previous key; throws when it was altered or belongs to somebody else. */
  open(sealed: string, owner: SecretOwner): string;
}

const keyId = (key: Buffer): string =>
  createHash('sha256').update('ledgerferry key id').update(key).digest('hex').slice(0, 8);
const ownerBytes = (owner: SecretOwner): Buffer =>
  Buffer.from(`${owner.organizationId}/${owner.connectionId}/${owner.purpose}`);

/** `keys[0]` seals; all of them open (rotation: the new one first, the old ones behind). */
export function createSecrets(keys: readonly Buffer[]): Secrets {
  const [present] = keys;
  if (present === undefined) throw new Error('at least one key is needed');
  const byId = new Map(keys.map((key) => [keyId(key), key]));
  return {
    seal(text, owner) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', present, nonce).setAAD(ownerBytes(owner));
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return [
        'v1',
        keyId(present),
        nonce.toString('base64url'),
        cipher.getAuthTag().toString('base64url'),
        sealed.toString('base64url'),
      ].join('.');
    },
    open(value, owner) {
      const [version, id = '', nonce = '', tag = '', sealed = ''] = value.split('.');
      const key = byId.get(id);
      if (version !== 'v1' || key === undefined) {
        throw new Error(
          'a stored secret was made with another key: set LEDGERFERRY_SECRET_KEY to the key of this database',
        );
      }
      const cipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'))
        .setAAD(ownerBytes(owner))
        .setAuthTag(Buffer.from(tag, 'base64url'));
      return Buffer.concat([cipher.update(Buffer.from(sealed, 'base64url')), cipher.final()]).toString('utf8');
    },
  };
}
