import { oneLine } from '../../lib/text.ts';

/** What a log of failed tests comes to: the names of those that failed, and the line that says why the rest did not end well. */
export type Explained = { failed: string[]; line: string | undefined };

// biome-ignore lint/suspicious/noControlCharactersInRegex: what terminals take for colours
const colours = /\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b[@-_]/g;
/** The names of failed tests, each in the first group: letters of any language, and nothing that a channel could take for its own. */
const failures = [
  // go test
  /^ *--- FAIL: ([\p{L}\p{M}\p{N}_][\p{L}\p{M}\p{N}_$./#=+:,-]*)/u,
  // Surefire: Class.method or Outer$Inner.method, with a line number or the name of an exception behind it.
  /^\[ERROR\] {3}([\p{L}\p{N}_$]+\.[\p{L}\p{M}\p{N}_.$-]+)(?:[:( »]|$)/u,
  // unittest and Django. A module that cannot be imported is a test that failed, too, and its error says more.
  /^(?:FAIL|ERROR): ([\p{L}\p{M}\p{N}_][\p{L}\p{M}\p{N}_$./#=+:,-]*) \((?!unittest\.loader\._FailedTest)/u,
  // pytest, in its summary and, without one, above each failure.
  /^FAILED \S+?::([\p{L}\p{M}\p{N}_][\p{L}\p{M}\p{N}_$./#=+:,-]*)/u,
  /^ERROR \S+?::([\p{L}\p{M}\p{N}_][\p{L}\p{M}\p{N}_$./#=+:,-]*)/u,
  /^_{3,} ([\p{L}\p{M}\p{N}_][\p{L}\p{M}\p{N}_$./#=+:,-]*)(?:\[.*\])? _{3,}$/u,
];

/** Lines that say why, the better ones first. The first match counts, or the last. */
const reasons: { pattern: RegExp; last?: true }[] = [
  // A compiler of Go, vet, or a package that cannot be loaded; a log of a test is indented.
  { pattern: /^((?:vet: )?[^\s:]+\.go:\d+(?::\d+)?: .+)/ },
  { pattern: /^((?:panic|fatal error): .+)/ },
  { pattern: /^\[ERROR\] (\S+\.(?:java|kt):\[\d+,\d+\] .+)/ },
  {
    pattern:
      /^\[(?:ERROR|FATAL)\] (?!COMPILATION ERROR|Tests run:|Failures:|Errors:|To see the full|Re-run Maven|For more information|Please refer|The build could not read|See |\[Help| *-> \[Help|\s*$)(.+?)(?: -> \[Help \d+\])?$/,
  },
  { pattern: /^E {3}((?! ).+)/ },
  { pattern: /^((?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*(?:Error|Exception|Exit|Configured|Warning)(?:: .+)?)$/, last: true },
  { pattern: /^((?:Exception in thread "[^"]*" )?java\.lang\.\w+(?:Error|Exception)(?:: .+)?)/ },
  { pattern: /^(ERROR: .+)/ },
  { pattern: /^(go: (?!downloading|finding|extracting|added|upgraded).+)/ },
];
/** What every failed run of these tools ends with. */
const hollow =
  /^(?:FAIL(?:\s+\S+\s+[\d.]+s)?|exit status \d+|\[\w+\]\s*(?:-+)?|-+|=+|FAILED \(.*\)|\d+ (?:failed|errors?)\b.*|ok\s.*|\[INFO\].*|\[ERROR\] (?:\[Help|To see|Re-run|For more).*)?$/;

/** Lines of a log, from its end: as many as there are of newlines alone would take more memory than the step has. */
const linesLimit = 100_000;
function lastLines(log: string): string[] {
  let at = log.length;
  for (let count = 0; count < linesLimit && at > 0; count++) at = log.lastIndexOf('\n', at - 1);
  return log.slice(at + 1).split('\n');
}

export function explain(log: string): Explained {
  const lines = lastLines(log).map((line) =>
    line
      .slice(0, 2_000)
      .replaceAll(colours, '')
      .replaceAll(/[\r\0]/g, '')
      .trimEnd(),
  );
  const failed = new Set<string>();
  for (const line of lines)
    for (const pattern of failures) {
      const [, found] = pattern.exec(line) ?? [];
      if (found !== undefined) failed.add(withoutPunctuation([...found].slice(0, 100).join('')));
    }
  return { failed: [...failed], line: reasonIn(lines) };
}

function withoutPunctuation(name: string): string {
  let end = name.length;
  while (end > 0 && '.:,'.includes(name[end - 1] as string)) end--;
  return name.slice(0, end);
}

function reasonIn(lines: string[]): string | undefined {
  for (const { pattern, last } of reasons) {
    const find = (line: string) => pattern.test(line);
    const line = last ? lines.findLast(find) : lines.find(find);
    if (line !== undefined) return oneLine(pattern.exec(line)?.[1] ?? line, 300).replaceAll('/code/', '');
  }
  const line = lines.findLast((line) => !hollow.test(line.trim()));
  return line === undefined ? undefined : oneLine(line, 200);
}

/** The reason that people read. A panic has a test's name before it, and says more than that. */
export function reasonOf(status: string, { failed, line }: Explained): string {
  const more = failed.length > 3 ? ` and ${failed.length - 3} more` : '';
  const names = failed.length > 0 ? `; failed: ${failed.slice(0, 3).join(', ')}${more}` : '';
  const why = line !== undefined && (failed.length === 0 || /^(panic|fatal error): /.test(line)) ? `: ${line}` : '';
  return `the tests ended with exit code ${status}${names}${why}`;
}
