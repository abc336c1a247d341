/** Between Fastify's requests and replies and those of the web standard, which the sign-in library speaks. */
import type { FastifyReply, FastifyRequest } from 'fastify';

export function headersOf(request: FastifyRequest): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (typeof value === 'string') headers.set(name, value);
    else for (const one of value ?? []) headers.append(name, one);
  }
  return headers;
}

export async function passOn(response: Response, reply: FastifyReply): Promise<FastifyReply> {
  reply.code(response.status);
  for (const cookie of response.headers.getSetCookie()) reply.header('set-cookie', cookie);
  for (const name of ['retry-after', 'x-retry-after']) {
    const value = response.headers.get(name);
    if (value !== null) reply.header('retry-after', value);
  }
  const type = response.headers.get('content-type');
  if (type !== null) reply.type(type);
  return reply.serializer((text: string) => text).send(await response.text());
}
