import { describe, expect, test } from '@jest/globals';
import { processorMs } from '../../lib/processor.testing.ts';
import { explain, reasonOf } from './explain.ts';

const reason = (log: string, status = '1') => reasonOf(status, explain(log));
const ended = 'the tests ended with exit code 1';
const esc = '\u001b';

describe('go test', () => {
  test.each([
    [
      'tests that failed',
      '--- FAIL: Test예매 (0.00s)\n    --- FAIL: Test예매/두_장 (0.00s)\n        main_test.go:5: x\nFAIL\nFAIL\ttickets.example/ticket\t0.008s\nFAIL\n',
      '; failed: Test예매, Test예매/두_장',
    ],
    [
      'a compile error',
      '# tickets.example/ticket [tickets.example/ticket.test]\n./main.go:3:15: undefined: undefinedThing\nFAIL\ttickets.example/ticket [build failed]\nFAIL\n',
      ': ./main.go:3:15: undefined: undefinedThing',
    ],
    [
      'an error of vet',
      '# tickets.example/ticket\n# [tickets.example/ticket]\n./main_test.go:5:38: (*testing.common).Errorf format %d has arg "x" of wrong type string\nFAIL\ttickets.example/ticket [build failed]\nFAIL\n',
      ': ./main_test.go:5:38: (*testing.common).Errorf format %d has arg "x" of wrong type string',
    ],
    [
      'a panic',
      '--- FAIL: TestA (0.00s)\npanic: assignment to entry in nil map [recovered, repanicked]\n\ngoroutine 8 [running]:\ntesting.tRunner.func1.2({0x55a7a0, 0x6cac60})\n\t/usr/local/go/src/testing/testing.go:1974 +0x232\nFAIL\ttickets.example/ticket\t0.005s\nFAIL\n',
      '; failed: TestA: panic: assignment to entry in nil map [recovered, repanicked]',
    ],
    [
      'a time-out',
      'panic: test timed out after 1s\n\trunning tests:\n\t\tTestSlow (1s)\n\ngoroutine 5 [running]:\ntesting.(*M).startAlarm.func1()\n\t/usr/local/go/src/testing/testing.go:2802 +0x354\nFAIL\ttickets.example/ticket\t1.005s\nFAIL\n',
      ': panic: test timed out after 1s',
    ],
    [
      'a deadlock',
      'fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 [chan receive]:\nFAIL\tx\t0.1s\nFAIL\n',
      ': fatal error: all goroutines are asleep - deadlock!',
    ],
    [
      'a missing module',
      '# tickets.example/ticket\nmain.go:3:8: no required module provides package example.com/missing; to add it:\n\tgo get example.com/missing\nFAIL\ttickets.example/ticket [setup failed]\nFAIL\n',
      ': main.go:3:8: no required module provides package example.com/missing; to add it:',
    ],
    [
      'a proxy that is out of reach',
      'go: downloading golang.org/x/text v0.3.8\ngo: golang.org/x/text@v0.3.8: Get "https://proxy.golang.org/": dial tcp: no route to host\n',
      ': go: golang.org/x/text@v0.3.8: Get "https://proxy.golang.org/": dial tcp: no route to host',
    ],
    ['tests that ended by themselves', 'no database\nFAIL\ttickets.example/ticket\t0.002s\nFAIL\n', ': no database'],
  ])('%s', (_, log, words) => expect(reason(log)).toBe(`${ended}${words}`));
});

describe('Maven', () => {
  const error = `[${esc}[1;31mERROR${esc}[m]`;
  const info = `[${esc}[1;34mINFO${esc}[m]`;
  const end = `${error} \n${error} To see the full stack trace of the errors, re-run Maven with the ${esc}[1m-e${esc}[m switch.\n${error} Re-run Maven using the ${esc}[1m-X${esc}[m switch to enable full debug logging.\n${error} \n${error} For more information about the errors and possible solutions, please read the following articles:\n${error} ${esc}[1m[Help 1]${esc}[m http://cwiki.apache.org/confluence/display/MAVEN/X\n${esc}[0m${esc}[0m\n`;
  test.each([
    [
      'tests that failed',
      `${error} ${esc}[1;31mFailures: ${esc}[m\n${error} ${esc}[1;31m  BoxOfficeTest$두_장.isSold:12 expected: <1> but was: <2>${esc}[m\n${error} ${esc}[1;31mErrors: ${esc}[m\n${error} ${esc}[1;31m  ApiTest.answers » NullPointer${esc}[m\n${info} \n${error} ${esc}[1;31mTests run: 3, Failures: 1, Errors: 1, Skipped: 0${esc}[m\n${info} BUILD FAILURE\n${error} Failed to execute goal ${esc}[32morg.apache.maven.plugins:maven-surefire-plugin:3.5.4:test${esc}[m -> ${esc}[1m[Help 1]${esc}[m\n${end}`,
      '; failed: BoxOfficeTest$두_장.isSold, ApiTest.answers',
    ],
    [
      'a compile error',
      `${info} -------\n${error} COMPILATION ERROR : \n${info} -------\n${error} /code/src/main/java/A.java:[1,19] cannot find symbol\n  symbol:   variable y\n${info} 1 error\n${info} BUILD FAILURE\n${error} Failed to execute goal org.apache.maven.plugins:maven-compiler-plugin:3.14.1:compile (default-compile) on project x: Compilation failure\n${error} /code/src/main/java/A.java:[1,19] cannot find symbol\n${end}`,
      ': src/main/java/A.java:[1,19] cannot find symbol',
    ],
    [
      'a plugin that is out of reach',
      `${esc}[0m${esc}[0m${info} Scanning for projects...\n${info} Finished at: 2026-11-29T16:20:43Z\n${error} Plugin org.apache.maven.plugins:maven-resources-plugin:2.6 or one of its dependencies could not be resolved: Cannot access central (https://repo.maven.apache.org/maven2) in offline mode -> ${esc}[1m[Help 1]${esc}[m\n${end}`,
      ': Plugin org.apache.maven.plugins:maven-resources-plugin:2.6 or one of its dependencies could not be resolved: Cannot access central (https://repo.maven.apache.org/maven2) in offline mode',
    ],
    [
      'a parent that is out of reach',
      `[ERROR] Some problems were encountered while processing the POMs:\n[FATAL] Non-resolvable parent POM for x:y:1\n`,
      ': Some problems were encountered while processing the POMs:',
    ],
    ['a project with faults', '[ERROR]   The project x:y:1 has 1 error\n', ':   The project x:y:1 has 1 error'],
    ['no memory', 'java.lang.OutOfMemoryError: Java heap space\n', ': java.lang.OutOfMemoryError: Java heap space'],
  ])('%s', (_, log, words) => expect(reason(log)).toBe(`${ended}${words.replace(':   The', ': The')}`));
});

describe('pytest, unittest and Django', () => {
  test.each([
    [
      'tests that failed, in colours',
      `${esc}[31mF${esc}[0m\n${esc}[31m${esc}[1m___________________________________ test_예매 ____________________________________${esc}[0m\n${esc}[1m${esc}[31mE       ValueError: no seat${esc}[0m\n${esc}[36m${esc}[1m=========================== short test summary info ============================${esc}[0m\n${esc}[31mFAILED${esc}[0m test_c.py::${esc}[1mtest_예매${esc}[0m - ValueError: no seat\n${esc}[31m${esc}[31m${esc}[1m1 failed${esc}[0m${esc}[31m in 0.11s${esc}[0m${esc}[0m\n`,
      '; failed: test_예매',
    ],
    [
      'tests that failed, without a summary',
      '____________________________________ test_b ____________________________________\n\n>       assert 1 == 2\nE       assert 1 == 2\n\ntest_c.py:2: AssertionError\n_______________________________ TestC.test_d[1-2] _______________________________\n2 failed in 0.01s\n',
      '; failed: test_b, TestC.test_d',
    ],
    [
      'a module that is missing',
      "__________________________ ERROR collecting test_d.py __________________________\nImportError while importing test module '/code/test_d.py'.\ntest_d.py:1: in <module>\n    import nothing_here\nE   ModuleNotFoundError: No module named 'nothing_here'\n=========================== short test summary info ============================\nERROR test_d.py\n!!!!!!!!!!!!!!!!!!!! Interrupted: 1 error during collection !!!!!!!!!!!!!!!!!!!!\n1 error in 0.24s\n",
      ": ModuleNotFoundError: No module named 'nothing_here'",
    ],
    [
      'tests that failed in unittest',
      'F\n======================================================================\nFAIL: test_예매 (test_a.A.test_예매)\n----------------------------------------------------------------------\nAssertionError: 1 != 2\n\nERROR: test_b (x)\nRan 2 tests in 0.000s\n\nFAILED (failures=1, errors=1)\n',
      '; failed: test_예매, test_b',
    ],
    [
      'a module that is missing in unittest',
      "ERROR: test_b (unittest.loader._FailedTest.test_b)\n----------------------------------------------------------------------\nImportError: Failed to import test module: test_b\nTraceback (most recent call last):\n    import nothing_here\nModuleNotFoundError: No module named 'nothing_here'\n\n\nRan 1 test in 0.000s\n\nFAILED (errors=1)\n",
      ": ModuleNotFoundError: No module named 'nothing_here'",
    ],
    [
      'settings that are wrong',
      'Traceback (most recent call last):\n  File "/code/manage.py", line 7\ndjango.core.exceptions.ImproperlyConfigured: The SECRET_KEY setting must not be empty.\n',
      ': django.core.exceptions.ImproperlyConfigured: The SECRET_KEY setting must not be empty.',
    ],
    [
      'packages that are out of reach',
      'ERROR: Could not find a version that satisfies the requirement x==1\nERROR: No matching distribution found for x==1\n',
      ': ERROR: Could not find a version that satisfies the requirement x==1',
    ],
  ])('%s', (_, log, words) => expect(reason(log)).toBe(`${ended}${words}`));
});

describe('anything else', () => {
  test.each([
    ['no log', '', ''],
    ['nothing but colours', `${esc}[0m${esc}[0m\n`, ''],
    ['a shell', './test.sh: 3: coverage: not found\n\n', ': ./test.sh: 3: coverage: not found'],
    ['what is no text', 'line\u0000one\nlast\u0007 words\n', ': last words'],
    ['many failures', 'abcde'.replaceAll(/./g, '--- FAIL: Test$& (0s)\n'), '; failed: Testa, Testb, Testc and 2 more'],
  ])('%s', (_, log, words) => expect(reason(log)).toBe(`${ended}${words}`));

  test('8 MiB of one line, or of lines that are almost a match, take no second', async () => {
    for (const line of ['a', 'a.', '_', '[ERROR]   a.', 'x:', '[ERROR] a -> [Help ']) {
      const taken = await processorMs(() => {
        explain(line.repeat(2 ** 22 / line.length));
        explain(`${line.repeat(2_000 / line.length)}\n`.repeat(2_000));
      });
      expect(taken).toBeLessThan(1_000);
    }
  });
});
