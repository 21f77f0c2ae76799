import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/files/parse-json.ts';

describe('parseJson', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(4), (value, indent) => {
        expect(parseJson(JSON.stringify(value, undefined, indent))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it.each([
    ['{"a": 1, "a": 2}', 'the key "a" stands twice'],
    ['[{"b": {}}, {"x": 1, "b": [{"c": 1, "d": 2, "c" : 3}]}]', 'the key "c" stands twice'],
    ['{"a": 1, "\\u0061": 2}', 'the key "a" stands twice'],
    [`{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, 'nested deeper than 100'],
  ])('refuses %.60s', (text, message) => {
    expect(() => parseJson(text)).toThrow(message);
  });

  it.each(['{"a": {"a": 1}, "b": {"a": 2}}', '["a", "a", {"a": "a: {a"}]', '{"\\"a\\":": 1, "a": 2}'])(
    'has nothing against %s',
    (text) => {
      expect(parseJson(text)).toEqual(JSON.parse(text));
    },
  );

  it('bears strings of megabytes, keys too', () => {
    const long = 'x\\\\"'.repeat(2_000_000);
    const value = { [long]: long };
    expect(parseJson(JSON.stringify(value))).toEqual(value);
  });

  it('leaves what is no JSON to JSON.parse', () => {
    for (const text of ['', '{', '{"a" 1}', 'NaN']) expect(() => parseJson(text)).toThrow(SyntaxError);
  });
});
