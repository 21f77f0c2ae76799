import { describe, expect, it } from 'vitest';
import { classificationReport, toFixedHalfEven } from '../../src/evaluation/classification-report.ts';
import { metricsWith } from './examples.ts';

describe('classificationReport', () => {
  it('prints the expected text of scikit-learn, sklearn/metrics/tests/test_classification.py', () => {
    const confusion = [
      [19, 4, 1],
      [4, 3, 24],
      [0, 2, 18],
    ];
    const metrics = metricsWith(confusion, ['setosa', 'versicolor', 'virginica']);
    expect(classificationReport(metrics, 5)).toBe(`\
              precision    recall  f1-score   support

      setosa    0.82609   0.79167   0.80851        24
  versicolor    0.33333   0.09677   0.15000        31
   virginica    0.41860   0.90000   0.57143        20

    accuracy                        0.53333        75
   macro avg    0.52601   0.59615   0.50998        75
weighted avg    0.51375   0.53333   0.47310        75
`);
  });

  it('prints what scikit-learn 1.9.1 printed for ten classes, some of them empty', () => {
    // Trouser's recall is 1/32: Python rounds the tie to 0.0312, a plain toFixed would say 0.0313.
    const confusion = [
      [31, 1, 0, 0, 0, 0, 0, 0, 0, 0],
      [0, 1, 31, 0, 0, 0, 0, 0, 0, 0],
      [1, 3, 2, 0, 1, 0, 2, 0, 3, 2],
      [3, 0, 0, 3, 0, 0, 0, 1, 1, 1],
      [1, 0, 0, 0, 0, 0, 2, 2, 1, 2],
      [3, 1, 1, 3, 3, 0, 1, 2, 3, 2],
      [3, 2, 2, 1, 3, 0, 2, 2, 3, 2],
      [1, 1, 1, 1, 2, 0, 0, 3, 2, 1],
      [2, 2, 1, 1, 2, 0, 2, 1, 3, 1],
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ];
    const names = 'T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot'.split(',');
    expect(classificationReport(metricsWith(confusion, names))).toBe(`\
              precision    recall  f1-score   support

 T-shirt/top     0.6889    0.9688    0.8052        32
     Trouser     0.0909    0.0312    0.0465        32
    Pullover     0.0526    0.1429    0.0769        14
       Dress     0.3333    0.3333    0.3333         9
        Coat     0.0000    0.0000    0.0000         8
      Sandal     0.0000    0.0000    0.0000        19
       Shirt     0.2222    0.1000    0.1379        20
     Sneaker     0.2727    0.2500    0.2609        12
         Bag     0.1875    0.2000    0.1935        15
  Ankle boot     0.0000    0.0000    0.0000         0

    accuracy                         0.2795       161
   macro avg     0.1848    0.2026    0.1854       161
weighted avg     0.2436    0.2795    0.2492       161
`);
  });

  it('widens for a long name', () => {
    const report = classificationReport(
      metricsWith(
        [
          [1, 0],
          [0, 1],
        ],
        ['a name of twenty six signs', 'b'],
      ),
      2,
    );
    expect(report.split('\n')[2]).toBe('a name of twenty six signs       1.00      1.00      1.00         1');
  });
});

it.each([
  [0.5, 0, '0'],
  [1.5, 0, '2'],
  [0.125, 2, '0.12'],
  [0.375, 2, '0.38'],
  [0.03125, 4, '0.0312'],
  [0.00005, 4, '0.0001'],
  [0.99995, 4, '1.0000'],
  [0.96875, 4, '0.9688'],
  [1, 4, '1.0000'],
])("rounds %f to %i digits as Python's format does", (value, digits, text) => {
  expect(toFixedHalfEven(value, digits)).toBe(text);
});
