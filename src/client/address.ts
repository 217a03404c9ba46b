export type Address = { readonly path: string } | { readonly host: string; readonly port: number };

/**
 * Where a QMP server listens: `unix:PATH`, `tcp:HOST:PORT`, or short, as people type it: `HOST:PORT` or a path.
 *
 * @throws TypeError where it is none of these
 */
export function parseAddress(text: string): Address {
  const [, scheme, rest = ''] = /^(?:(unix|tcp):)?(.*)$/s.exec(text) ?? [];
  const inet = /^\[?([^/]*?)\]?:(\d+)$/.exec(rest);
  if (scheme !== 'unix' && inet !== null) {
    const [, host = '', port] = inet;
    return { host: host === '' ? 'localhost' : host, port: Number(port) };
  }
  if (scheme === 'tcp' || rest === '') throw new TypeError(`'${text}' is not the address of a socket`);
  return { path: rest };
}
