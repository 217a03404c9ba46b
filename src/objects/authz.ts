import type { JsonValue } from '../base/json.ts';
import { Members } from '../qom/members.ts';
import type { TypeInfo } from '../qom/type.ts';
import { boolValue, choiceValue, textValue, ValueProperty } from '../qom/values.ts';
import { JsonVisitor } from '../qom/visitor.ts';
import { UserObject } from './user-object.ts';

const POLICIES = ['deny', 'allow'] as const;
const FORMATS = ['exact', 'glob'] as const;

interface Rule {
  readonly [member: string]: JsonValue | undefined;
  readonly match: string;
  readonly policy: string;
}

/** Who may connect: names, each let in or kept out. */
const rules = new ValueProperty<readonly Rule[]>({
  name: 'rules',
  type: 'QAuthZListRule',
  initial: [],
  parse: visitor =>
    visitor.list('rules').map((rule, index) => {
      const members = new Members(new JsonVisitor(rule), `rules[${index}]`);
      const match = members.take('match', (value, name) => value.string(name)) ?? '';
      const policy = members.take('policy', (value, name) => value.choice(name, POLICIES)) ?? 'deny';
      const format = members.take('format', (value, name) => value.choice(name, FORMATS));
      members.finish();
      return format === undefined ? { match, policy } : { match, policy, format };
    }),
  print: value => value,
});

const create: TypeInfo['create'] = type => new UserObject(type);

export const AUTHZ_TYPES: readonly TypeInfo[] = [
  { name: 'authz', parent: 'object', abstract: true },
  {
    name: 'authz-list',
    parent: 'authz',
    interfaces: ['user-creatable'],
    properties: [choiceValue('policy', 'QAuthZListPolicy', POLICIES, 'deny'), rules],
    create,
  },
  {
    name: 'authz-list-file',
    parent: 'authz',
    interfaces: ['user-creatable'],
    properties: [textValue('filename', ''), boolValue('refresh', true)],
    create,
  },
  {
    name: 'authz-simple',
    parent: 'authz',
    interfaces: ['user-creatable'],
    properties: [textValue('identity', '')],
    create,
  },
];
