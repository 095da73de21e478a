import { describe, expect, test } from '@jest/globals';
import { readDockerfile, wordsOf } from './dockerfile.ts';

const read = (dockerfile: string | Buffer) => readDockerfile(Buffer.from(dockerfile));
const latin1 = (dockerfile: string) => Buffer.from(dockerfile, 'latin1');

test('instructions have their lines, flags and the rest, with continued lines joined', () => {
  const { instructions, faults } = read(`# a
from x \\
  # between

  AS y
copy --from=a --link b\\
c /d
RUN -- --x
`);
  expect(faults).toEqual([]);
  expect(instructions.map(({ line, name, flags, rest }) => [line, name, flags, rest])).toEqual([
    [2, 'FROM', [], 'x   AS y'],
    [6, 'COPY', ['--from=a', '--link'], 'bc /d'],
    [8, 'RUN', [], '--x'],
  ]);
  expect(instructions[1]?.text).toBe('copy --from=a --link b\\\nc /d\n');
});

test('the JSON form has its own words', () => {
  expect(wordsOf('["a b", "c"]')).toEqual(['a b', 'c']);
  expect(wordsOf('["a b", c]')).toEqual(['["a', 'b",', 'c]']);
});

describe('read', () => {
  test.each([
    ['a byte order mark', '\ufeffFROM x'],
    ['line ends of Windows', 'FROM x\r\nRUN a \\\r\n  b\r\n'],
    ['Korean in a comment', '# 예매 서비스\u3000입니다\nFROM x # 주석'],
    ['a comment behind other white space', '\u3000# 주석\nFROM x'],
    ['white space of all kinds in a comment', '# a\u00a0b\u0085c\u3000d\fe\nFROM x'],
    ['Korean in LABEL', 'FROM x\nLABEL title="예매\u3000서비스" a=한글'],
    ['a no-break space in a string', 'FROM x\nRUN echo "a\u00a0b"'],
    ['a sum with a shift', 'FROM x\nRUN echo $((1<<4))'],
    ['a shift in a string', 'FROM x\nRUN python3 -c "print(1 << 4)"'],
    ['a here-string', 'FROM x\nRUN cat <<<"$A" && cat <<< a'],
    ['sed of a placeholder', "FROM x\nRUN sed 's/<<X>>/y/' a"],
    ['a heredoc in a string of the JSON form', 'FROM x\nRUN ["sh", "-c", "cat <<EOF"]'],
    ['"<<" where no heredoc can be', 'FROM x\nLABEL a="<<b" c=<<d\nENV E <<F'],
    ["Docker's own frontend", '# syntax=docker/dockerfile:1.7-labs\n# check=skip=all\nFROM x'],
    ['the default escape character', '# escape=\\\nFROM x'],
  ])('%s', (_, dockerfile) => {
    expect(read(dockerfile).faults).toEqual([]);
  });
});

test('a file of faults alone is read no further than anybody would', () => {
  expect(read('\0\n'.repeat(2 ** 18)).faults.length).toBeLessThan(200);
});

describe('refused with the line', () => {
  test.each([
    ['U+0085', 'FROM x\nRUN a\u0085b', 'line 2: has U+0085'],
    [
      'an instruction behind a no-break space',
      'FROM x\n\u00a0FROM y',
      'line 2: begins with U+00A0; allowed are spaces',
    ],
    ['an instruction behind U+3000', '\u3000FROM y', 'line 1: begins with U+3000'],
    ['a no-break space behind an instruction', 'FROM\u00a0x', 'line 1: "FROM\u00a0x" is no instruction'],
    ['a raw byte A0', latin1('FROM x\nCOPY --chown=a\xa0--from=y a b'), 'line 2: is not UTF-8; save the file as UTF-8'],
    ['a raw byte 85', latin1('FROM x\n\x85FROM y'), 'line 2: is not UTF-8'],
    ['Korean of an old editor in a comment', latin1('FROM x\n# \xbf\xb9'), 'line 2: is not UTF-8'],
    ['NUL', 'FROM x\n# a\0b', 'line 2: has U+0000'],
    ['a line end of an old Macintosh', 'FROM x\rFROM y', 'line 1: has U+000D'],
    ['the same in a comment', '# a\rFROM y', 'line 1: has U+000D'],
    ['a form feed', 'FROM x\n\fRUN y', 'line 2: has U+000C'],
    ['a vertical tab', 'FROM\vx', 'line 1: has U+000B'],
    ['a second byte order mark', '\ufeff\ufeffFROM x', 'line 1: has U+FEFF'],
    ['a line that seems to go on', 'FROM x\nRUN a \\\u3000\nFROM y', 'line 2: ends with a backslash and U+3000'],
    ['a line of more than 64 KiB', `FROM x\nRUN ${'a'.repeat(65_531)}\n`, 'line 2: is longer than the 65535 bytes'],
    ['an unknown instruction', 'FROM x\nINCLUDE y', 'line 2: "INCLUDE" is no instruction; allowed are ADD'],
    ['the Kelvin sign for a K', 'FROM x\nWOR\u212aDIR y', 'is no instruction'],
    ['a trigger', 'FROM x\nONBUILD COPY --from=y a b', 'line 2: ONBUILD: runs where somebody builds on this image'],
    ['another escape character', '# escape=`\nFROM x', 'line 1: # escape: given "`", allowed the default, a backslash'],
    ['the same behind a comment', '#!/x\n \t# Escape = `\nFROM x', 'line 2: # escape'],
    [
      'another frontend',
      '# syntax=evil.example/x\nFROM x',
      'line 1: # syntax: given "evil.example/x", allowed docker/dockerfile:1',
    ],
    ['a heredoc', 'FROM x\nRUN cat <<EOF\nx \\\nEOF', `line 2: RUN "cat <<EOF": "<<" begins a heredoc`],
    ['a heredoc behind white space', 'FROM x\nCOPY << EOF /a', '"<<" begins a heredoc'],
    ['a heredoc of another descriptor', 'FROM x\nRUN a 3<<-"E"', '"<<" begins a heredoc'],
    ['a heredoc that a variable hides', `FROM x\nRUN "\${A:-"} <<E`, '"<<" begins a heredoc'],
    ['a shift that BuildKit takes for a heredoc', 'FROM x\nRUN echo $(( 1 << 4 ))', '"<<" begins a heredoc'],
    [
      'a flag in quotes',
      'FROM x\nCOPY --chown="1 --from=x" a b',
      'line 2: COPY "--chown=\\"1": allowed are ASCII flags',
    ],
    ['a flag with a backslash', 'FROM x\nCOPY --fr\\om=x a b', 'allowed are ASCII flags without quotes'],
    ['a flag with a letter that has a space in it', 'FROM x\nCOPY --chown=à--from=x a b', 'allowed are ASCII flags'],
  ])('%s', (_, dockerfile, named) => {
    expect(read(dockerfile).faults).toContainEqual(expect.stringContaining(named));
  });
});
