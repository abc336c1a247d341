import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

const admin = async (text: string): Promise<void> => {
  const { host, port } = inject('postgres');
  const client = new pg.Client({ host, port, user: 'ledgerferry', database: 'postgres' });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
};

/** A fresh, migrated database: its URL for DATABASE_URL, and how to drop it. */
export async function freshDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `t_${randomBytes(6).toString('hex')}`;
  await admin(`create database ${name} template template_ledger`);
  const { host, port } = inject('postgres');
  return {
    url: `postgresql://ledgerferry@/${name}?host=${encodeURIComponent(host)}&port=${String(port)}`,
    drop: () => admin(`drop database ${name} with (force)`),
  };
}
