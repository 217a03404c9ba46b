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
  /** Whether `match` is the name, or a pattern of names; `exact` by default. */
  readonly format?: string;
}

/** Who may connect: names, each let in or kept out. */
const rules = new ValueProperty<readonly Rule[]>({
  name: 'rules',
  type: 'QAuthZListRule',
  initial: [],
  parse: visitor =>
    visitor.list('rules').map((rule, index) => {
      const members = new Members(new JsonVisitor(rule), `rules[${index}]`);
      const match = members.require('match', (value, name) => value.string(name));
      const policy = members.require('policy', (value, name) => value.choice(name, POLICIES));
      const format = members.take('format', (value, name) => value.choice(name, FORMATS));
      members.finish();
      return format === undefined ? { match, policy } : { match, policy, format };
    }),
  print: value => value,
});

const policy = choiceValue('policy', 'QAuthZListPolicy', POLICIES, 'deny');
const identity = textValue('identity', '');

/** Decides who may connect. */
export abstract class Authz extends UserObject {
  /** @param name for TLS the distinguished name of the client's certificate */
  abstract isAllowed(name: string): boolean;
}

/** The first rule that is about somebody decides; about whom there is none, the policy does. */
class AuthzList extends Authz {
  isAllowed(name: string): boolean {
    const rule = this.value(rules).find(rule => matches(rule, name));
    return (rule?.policy ?? this.value(policy)) === 'allow';
  }
}

/** One alone may connect. */
class AuthzSimple extends Authz {
  isAllowed(name: string): boolean {
    return name === this.value(identity);
  }
}

/** Users cannot make any. */
class AuthzListFile extends Authz {
  isAllowed(): boolean {
    return false;
  }
}

function matches({ match, format }: Rule, name: string): boolean {
  return format === 'glob' ? isLike(name, match) : name === match;
}

/** In patterns `*` is any text and `?` any character. Takes no longer than the lengths' product. */
function isLike(name: string, pattern: string): boolean {
  const [text, wanted] = [[...name], [...pattern]];
  let at = 0;
  /** The last star, and up to where it has taken the text. */
  let star = -1;
  let taken = 0;
  for (let here = 0; here < text.length; ) {
    if (wanted[at] === '*') {
      star = at++;
      taken = here;
    } else if (wanted[at] === '?' || wanted[at] === text[here]) {
      at++;
      here++;
    } else if (star >= 0) {
      at = star + 1;
      here = ++taken;
    } else return false;
  }
  return wanted.slice(at).every(character => character === '*');
}

export const AUTHZ_TYPES: readonly TypeInfo[] = [
  { name: 'authz', parent: 'object', abstract: true },
  {
    name: 'authz-list',
    parent: 'authz',
    interfaces: ['user-creatable'],
    properties: [policy, rules],
    create: type => new AuthzList(type),
  },
  {
    name: 'authz-list-file',
    parent: 'authz',
    interfaces: ['user-creatable'],
    properties: [textValue('filename', ''), boolValue('refresh', true)],
    create: type => new AuthzListFile(type),
  },
  {
    name: 'authz-simple',
    parent: 'authz',
    interfaces: ['user-creatable'],
    properties: [identity],
    create: type => new AuthzSimple(type),
  },
];
