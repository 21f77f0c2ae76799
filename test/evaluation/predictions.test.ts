import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AtelierError } from '../../src/errors.ts';
import { formatFloat32 } from '../../src/evaluation/float32.ts';
import {
  confidences,
  mostConfidentMistakes,
  type Predictions,
  predictionsOf,
} from '../../src/evaluation/predictions.ts';
import { parsePredictions, predictionsCsv } from '../../src/evaluation/predictions-csv.ts';

const classNames = ['T-shirt/top', 'Bag, "big"', 'Coat'];
const logits = Float32Array.of(2, 1, 0, 0, 9, 0, 0.1, 0.2, 0.3, 5, 0, 0);
const predictions = predictionsOf({ classNames, labels: [0, 0, 1, 0], logits }, [7, 8, 9, 10]);

describe('predictions', () => {
  it('come from logits', () => {
    expect([...predictions.predicted]).toEqual([0, 1, 2, 0]);
    expect(confidences(predictions)[0]).toBe(Math.fround(Math.exp(2) / (Math.exp(2) + Math.E + 1)));
    expect(() => predictionsOf({ classNames, labels: [0], logits: logits.subarray(0, 3) }, [])).toThrow(/0 indices/);
  });

  it('list the most confident mistakes first', () => {
    expect(mostConfidentMistakes(predictions)).toEqual([1, 2]);
    expect(mostConfidentMistakes(predictions, 1)).toEqual([1]);
  });
});

describe('predictions.csv', () => {
  const text = predictionsCsv(predictions);

  it('is readable', () => {
    expect(text.split('\n').slice(0, 3)).toEqual([
      'index,true_class,predicted_class,correct,confidence,probability:T-shirt/top,"probability:Bag, ""big""",probability:Coat',
      '7,T-shirt/top,T-shirt/top,true,0.66524094,0.66524094,0.24472848,0.09003057',
      '8,T-shirt/top,"Bag, ""big""",false,0.99975324,0.00012337934,0.99975324,0.00012337934',
    ]);
  });

  it('round-trips any predictions, bit for bit', () => {
    const logit = fc.float({ noNaN: true, noDefaultInfinity: true });
    const row = fc.tuple(fc.nat(1e6), fc.nat(2), fc.tuple(logit, logit, logit));
    fc.assert(
      fc.property(fc.uniqueArray(row, { minLength: 1, maxLength: 5, selector: ([index]) => index }), (rows) => {
        const original: Predictions = predictionsOf(
          { classNames, labels: rows.map(([, label]) => label), logits: Float32Array.from(rows.flatMap((r) => r[2])) },
          rows.map(([index]) => index),
        );
        expect(parsePredictions(predictionsCsv(original), 'p')).toEqual(original);
      }),
    );
  });

  it.each([
    ['index', /^7,/m, '7.5,', /p\.csv: row 2, column 'index': expected a whole number, found '7.5'/],
    ['class', '7,T-shirt/top', '7,Boot', /row 2, column 'true_class': expected a class of the header, found 'Boot'/],
    ['correct', ',true,', ',false,', /row 2, column 'correct': expected 'true'/],
    ['confidence', '0.66524094,0.66', '0.7,0.66', /column 'confidence': expected '0.66524094'.*found '0.7'/],
    [
      'answer',
      'T-shirt/top,true,0.66524094,',
      'Coat,false,0.09003057,',
      /column 'predicted_class': expected the class of the largest probability, 0\.66524094, found 'Coat'/,
    ],
    ['probability', '0.24472848', '1.2', /row 2, column 'probability:Bag, "big"': expected a number from 0 to 1/],
    ['missing cell', ',0.09003057', '', /row 2: expected 8 cells, found 7/],
    ['header', 'index', 'image', /expected the columns index, .* found 'image/],
    ['duplicate class', 'probability:Coat', 'probability:T-shirt/top', /expected the columns/],
  ])('names row and column of a wrong %s', (_, from, to, message) => {
    const parse = (): unknown => parsePredictions(text.replace(from, to), 'p.csv');
    expect(parse).toThrow(AtelierError);
    expect(parse).toThrow(message);
  });

  it('answers damaged text with nothing but an AtelierError', () => {
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.nat(3), fc.string({ maxLength: 3 }), (at, cut, insert) => {
        try {
          parsePredictions(text.slice(0, at) + insert + text.slice(at + cut), 'p');
        } catch (error) {
          expect(error).toBeInstanceOf(AtelierError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('formatFloat32', () => {
  it('reads back as the same float32', () => {
    const finite = fc.float({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(finite, (value) => {
        // `|| 0` because -0 is written as 0.
        expect(Math.fround(Number(formatFloat32(value)))).toBe(value || 0);
      }),
    );
  });

  it('is as short as can be', () => {
    expect([0.1, 1 / 3, 1e-20, 0, 1, 16777216].map((value) => formatFloat32(Math.fround(value)))).toEqual([
      '0.1',
      '0.33333334',
      '1e-20',
      '0',
      '1',
      '16777216',
    ]);
  });
});
