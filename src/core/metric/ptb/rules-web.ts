/** @file Tokens of the web: tags, addresses, names and topics of short messages. */

import { any, choice, maybe, noneOf, oneOf, repeat, sequence, some, words, type Pattern } from './pattern.ts';
import type { TokenRule } from './token-rule.ts';

/** Makes the pattern of a tag or comment in angle brackets. */
export function makeTag(): Pattern {
  const name = sequence(oneOf('A-Za-z'), any(oneOf('A-Za-z0-9_:.-')));
  const quoted = sequence(oneOf('\'"'), any(noneOf('\r\n\'"')), oneOf('\'"'));
  const blanks = any(' ');
  const attribute = choice(name, sequence(name, blanks, '=', blanks, quoted), quoted, sequence(blanks, '/'));
  const element = sequence(maybe('/'), name, any(sequence(some(' '), attribute)), blanks, maybe('/'));
  const declaration = sequence(oneOf('!?'), oneOf('A-Za-z-'), any(noneOf('>\r\n')));
  return sequence('<', choice(declaration, element), '>');
}

/** Makes the rules of addresses, mail addresses, `@name` and `#topic`. */
export function makeAddressRules(letter: Pattern): readonly TokenRule[] {
  const path = maybe(sequence('/', some(noneOf(` \t\n\f\r"<>|()`)), noneOf(` \t\n\f\r"<>|.!?(){},-`)));
  // The reference's class for host names excludes the whole range from comma to underscore by a slip, capitals and digits with it.
  const host = noneOf(` \t\n\f\r"\`'<>|.!?(){},-_$`);
  const mailPart = noneOf(` \t\n\f\r"<>|().{}\u00A0`);
  const mail = sequence(
    oneOf('a-zA-Z0-9'),
    any(noneOf(` \t\n\f\r"<>|(){}\u00A0`)),
    '@',
    any(sequence(some(mailPart), '.')),
    some(mailPart),
  );
  return [
    { match: sequence(words('http:// https://'), some(noneOf(` \t\n\f\r"<>|(){}`)), noneOf(` \t\n\f\r"<>|.!?(){},-`)) },
    { match: sequence('www.', some(sequence(some(noneOf(` \t\n\f\r"<>|.!?(){},`)), '.')), repeat(oneOf('a-zA-Z'), 2, 4), path) },
    { match: sequence(some(sequence(some(host), '.')), words('com net org edu'), path) },
    { match: sequence(maybe(choice('<', '&lt;')), mail, maybe(choice('>', '&gt;'))) },
    { match: sequence('@', oneOf('a-zA-Z_'), any(oneOf('a-zA-Z_0-9'))) },
    { match: sequence('#', some(letter)) },
  ];
}
