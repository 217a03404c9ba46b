import { createHash } from 'node:crypto';

/** Bytes of the longest request. */
export const MAX_REQUEST = 4096;

/** What is answered to a client's request; `accepted` if frames follow. */
export interface HandshakeReply {
  readonly accepted: boolean;
  readonly text: string;
}

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const KEY_LENGTH = 24;

/**
 * Answers the opening handshake (RFC 6455, section 4) as QEMU does: the one resource is `/`, the one subprotocol
 * `binary`. Unlike QEMU it sends away what a web page from elsewhere asks for.
 *
 * @param request up to and without the empty line; characters are bytes
 */
export function answerHandshake(request: string): HandshakeReply {
  const [first = '', ...lines] = request.split('\r\n');
  const [method, path, version] = first.split(' ');
  const headers = parseHeaders(lines);
  if (method !== 'GET' || version !== 'HTTP/1.1' || headers === undefined) return badRequest();
  if (path !== '/') return refusal('404 Not Found');
  const key = headers.get('sec-websocket-key') ?? '';
  const protocols = headers.get('sec-websocket-protocol');
  const isWebSocket =
    headers.has('host') &&
    headers.get('upgrade')?.toLowerCase() === 'websocket' &&
    headers.get('connection')?.toLowerCase().includes('upgrade') === true &&
    headers.get('sec-websocket-version') === '13' &&
    key.length === KEY_LENGTH &&
    (protocols === undefined || protocols.includes('binary'));
  if (!isWebSocket) return badRequest();
  const origin = headers.get('origin');
  if (origin !== undefined && !isLocal(origin)) return refusal('403 Forbidden');
  return {
    accepted: true,
    text: response('101 Switching Protocols', [
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Accept: ${createHash('sha1').update(`${key}${GUID}`).digest('base64')}`,
      ...(protocols === undefined ? [] : ['Sec-WebSocket-Protocol: binary']),
      '',
    ]),
  };
}

/** To a request that is too long to be looked at. */
export function answerTooLong(): HandshakeReply {
  return refusal('403 Request Entity Too Large');
}

/** QEMU's lacks the empty line. */
function badRequest(): HandshakeReply {
  const lines = ['Connection: close', 'Sec-WebSocket-Version: 13'];
  return { accepted: false, text: response('400 Bad Request', lines) };
}

function refusal(status: string): HandshakeReply {
  return { accepted: false, text: response(status, ['Connection: close', '']) };
}

function response(status: string, lines: readonly string[]): string {
  const date = new Date().toUTCString();
  return `${[`HTTP/1.1 ${status}`, 'Server: QEMU VNC', `Date: ${date}`, ...lines].join('\r\n')}\r\n`;
}

function parseHeaders(lines: readonly string[]): ReadonlyMap<string, string> | undefined {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 0) return undefined;
    const name = line.slice(0, colon).toLowerCase();
    if (!headers.has(name)) headers.set(name, line.slice(colon + 1).trim());
  }
  return headers;
}

/**
 * Whether the page that a browser speaks for comes from this host. A name that is not this host's own does not
 * count, even if it is the one in the address: anybody can let a name point here.
 */
function isLocal(origin: string): boolean {
  return /^https?:\/\/(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i.test(origin);
}
