import { expect, test } from '@jest/globals';
import { about, progressLine, type Step, secondsLeft, speedOf } from './estimate.ts';

const at = (second: number) => second * 1000;
const step = (name: string, seconds: number, more: Partial<Step> = {}): Step => ({ name, seconds, needs: [], ...more });
/** Began and ended at these seconds. */
const ran = (from: number, to?: number): Partial<Step> => ({
  began: at(from),
  ...(to === undefined ? {} : { ended: at(to) }),
});

test('what runs beside counts once, what waits for another after it', () => {
  expect(secondsLeft([step('a', 30), step('b', 100), step('c', 20, { needs: [0] })], 0)).toBe(100);
  expect(secondsLeft([step('a', 30), step('b', 100), step('c', 20, { needs: [1] })], 0)).toBe(120);
});

test('builds of one lane follow each other, in the order in which they are ready', () => {
  const steps = [
    step('download', 50, { lane: 'modules' }),
    step('big', 100, { lane: 'go', needs: [0] }),
    step('small', 10, { lane: 'go' }),
  ];
  expect(secondsLeft(steps, 0)).toBe(150);
  expect(secondsLeft([...steps, step('start', 7, { needs: [2] })], 0)).toBe(150);
  expect(secondsLeft([...steps, step('start', 7, { needs: [1] })], 0)).toBe(157);
});

test('what is done already takes no time', () => {
  expect(secondsLeft([step('a', 0), step('b', 0, { needs: [0] })], 0)).toBe(0);
});

test('a machine half as fast has twice the time left', () => {
  const steps = [step('a', 1000, ran(0, 2000)), step('b', 500, { needs: [0] })];
  expect(secondsLeft(steps, at(2000))).toBeGreaterThan(900);
  expect(secondsLeft(steps, at(2000))).toBeLessThanOrEqual(1000);
});

test('the speed is learned from what took long, not from what found its work done', () => {
  expect(speedOf([step('a', 5, ran(0, 10))], at(10))).toBeGreaterThan(0.9);
  expect(speedOf([step('a', 600, ran(0, 0.5))], at(1))).toBe(1);
  expect(speedOf([step('a', 600, ran(0, 300))], at(300))).toBeGreaterThan(1.8);
  expect(speedOf([step('a', 600, { ...ran(0), failed: true })], at(5000))).toBe(1);
});

test('a slow line does not make the processor slow', () => {
  const steps = [
    step('download', 60, { lane: 'modules', ...ran(0, 600) }),
    step('engine', 300, { lane: 'go', needs: [0], ...ran(600) }),
  ];
  expect(secondsLeft(steps, at(600))).toBe(300);
});

test('a phase that takes longer than expected is not called nearly done', () => {
  const steps = [step('a', 100, ran(0))];
  expect(secondsLeft(steps, at(90))).toBe(10);
  expect(secondsLeft(steps, at(600))).toBeGreaterThanOrEqual(60);
});

test('what failed, and what waits for it, is not waited for', () => {
  const steps = [step('a', 100, { ...ran(0), failed: true }), step('b', 50), step('c', 500, { needs: [0] })];
  expect(secondsLeft(steps, at(20))).toBe(50);
});

test('the words are as exact as the estimate is', () => {
  expect([0, 4, 5, 41, 90, 91, 840, 3600].map(about)).toEqual([
    'nearly done',
    'nearly done',
    'about 10 s left',
    'about 50 s left',
    'about 90 s left',
    'about 2 min left',
    'about 14 min left',
    'about 60 min left',
  ]);
});

test('a line says how far it is and what runs, the longest first, without colour', () => {
  const steps = [
    step('file system', 60, ran(0, 60)),
    step('forge', 120, ran(60)),
    step('engine', 180, ran(30)),
    step('later', 60, { needs: [2] }),
  ];
  expect(progressLine(steps, at(90))).toBe('[######--------------]  33 %, about 3 min left: engine 1:00, forge 0:30');
});
