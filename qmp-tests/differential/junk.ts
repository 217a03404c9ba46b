import type { Random } from './random.ts';

/** Bytes on which JSON parsers disagree. */
const FRAGMENTS = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  "'",
  '\\',
  '\\u',
  '\\u00e4',
  '\\ud800',
  '\\ud83d\\ude00',
  '\\"',
  '0',
  '-',
  '01',
  '1.',
  '1.5e',
  '1e400',
  '99999999999999999999',
  'true',
  'false',
  'null',
  'nul',
  'TRUE',
  ' ',
  '\n',
  '\r\n',
  '\t',
  '\0',
  '\x01',
  '\x7f',
  '\xc3\xa4',
  '\xc0\x80',
  '\xed\xa0\x80',
  '\xef\xbf\xbf',
  '\xf4\x8f\xbf\xbf',
  '\x80',
  '\xff',
  '%p',
  '%d',
  '//',
  '#',
  '"execute"',
  '"execute":"query-name"',
  '"id":1',
  '"a":1',
  '"arguments":{}',
  '{"execute":"query-name"}',
  "{'execute':'query-name','id':'single'}",
] as const;

const TEMPLATES = [
  '{"execute":"query-name","id":@}',
  '{"execute":@}',
  '{"execute":"query-name","arguments":@}',
  '{"execute":"qom-get","arguments":{"path":@,"property":"type"}}',
  '{"execute":"device_add","arguments":{"driver":"e1000","id":@}}',
  '{"exec-oob":"query-name","id":@}',
  '{"execute":"query-name",@}',
  '@{"execute":"query-name"}',
  '@',
] as const;

/**
 * Input that is wrong in some way. It ends in the byte after which QEMU's parser begins afresh, so that
 * what comes next is understood again.
 */
export function junk(random: Random): string {
  const pieces = Array.from({ length: 1 + random.below(5) }, () => random.pick(FRAGMENTS));
  return `${random.pick(TEMPLATES).replace('@', () => pieces.join(''))}\n\xff\n`;
}
