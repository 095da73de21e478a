import { globSync, lstatSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { oneLine, shown } from '../../lib/text.ts';

/** Where the settings of an analysis find what the tests left: in the pod's own copy. */
export const reportsFolder = '/scan/reports';

/**
 * The report from which the analysis takes coverage. SonarQube counts one that is missing, or that is about other files, as 0 %: its gate
 * is red then, and says nothing of the report.
 */
export type CoverageReport = {
  /** Files that have lines to cover, and how many of them are sources of the repository. */
  files: number;
  known: number;
  /** Why the analysis took nothing from it. */
  fault?: string;
};

type Format = { setting: string; name: string; is: RegExp; files: (text: string) => Iterable<string> };

/** Bytes. Larger than that of any service here. */
const sizeLimit = 64 * 2 ** 20;
/** Files that are looked at: enough to see whether it is about this repository. */
const filesLimit = 10_000;

const formats: Format[] = [
  {
    setting: 'go.coverage.reportPaths',
    name: "Go's cover profile",
    is: /^mode: /,
    files: (text) => text.split('\n').flatMap((line) => /^([^:]+):\d+\.\d+,/.exec(line)?.[1] ?? []),
  },
  {
    setting: 'coverage.jacoco.xmlReportPaths',
    name: 'JaCoCo (XML)',
    is: /<report[\s>]/,
    *files(text) {
      let folder = '';
      // A source file without lines has nothing to cover.
      let file: string | undefined;
      for (const [, kind, name] of text.matchAll(/<(package|sourcefile|line)\b(?: name="([^"<]*)")?/g)) {
        if (kind === 'package') folder = name ?? '';
        else if (kind === 'sourcefile') file = [folder, name].filter(Boolean).join('/');
        else if (file !== undefined) {
          yield file;
          file = undefined;
        }
      }
    },
  },
  {
    setting: 'python.coverage.reportPaths',
    name: 'Cobertura (XML)',
    is: /<coverage[\s>]/,
    *files(text) {
      let file: string | undefined;
      for (const [, kind, name] of text.matchAll(/<(class|line)\b(?:[^<>]*? filename="([^"<]*)")?/g)) {
        if (kind === 'class') file = name;
        else if (file !== undefined) {
          yield file;
          file = undefined;
        }
      }
    },
  },
];

/** `settings`: those of the analysis; `scan`: the folder with `sources` and `reports`. Undefined if no report is expected. */
export function coverageReport(settings: readonly string[], scan: string): CoverageReport | undefined {
  for (const format of formats) {
    const start = `-Dsonar.${format.setting}=`;
    const path = settings.find((setting) => setting.startsWith(start))?.slice(start.length);
    if (path !== undefined) return look(path, format, scan);
  }
  return undefined;
}

function look(path: string, { name, is, files }: Format, scan: string): CoverageReport {
  const [sources, report] = [join(scan, 'sources'), relative(join(scan, 'reports'), path)];
  const nothing = { files: 0, known: 0 };
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (!there?.isFile()) {
    const modules = globSync('*/pom.xml', { cwd: sources }).length > 0;
    const cure = modules
      ? 'its modules each have one of their own: have the build aggregate them there'
      : `have them write ${name} there`;
    return { ...nothing, fault: `the tests left no ${report}; ${cure}` };
  }
  if (there.size > sizeLimit)
    return { ...nothing, fault: `${report}: given ${there.size} bytes, allowed at most ${sizeLimit}` };
  const text = readFileSync(path, 'utf8');
  if (!is.test(text)) return { ...nothing, fault: `${report} is not ${name}` };
  const named = new Set<string>();
  for (const file of files(text)) if (named.size < filesLimit) named.add(file.replace(/^\.\//, ''));
  // A thousand of one name, whatever there is: a push may have as many as it likes.
  const byName = new Map<string, string[]>();
  for (const file of globSync('**/*.{go,java,kt,py}', { cwd: sources })) {
    const same = byName.get(basename(file)) ?? [];
    if (same.length < 1000) same.push(file);
    byName.set(basename(file), same);
  }
  const isEnd = (end: string, of: string) => end === of || of.endsWith(`/${end}`);
  const known = [...named].filter((file) =>
    (byName.get(basename(file)) ?? []).some((source) => isEnd(file, source) || isEnd(source, file)),
  ).length;
  const [example] = named;
  return {
    files: named.size,
    known,
    ...(known === 0 && example !== undefined
      ? {
          fault: `the analysis took nothing from ${report}: of the files that it names, such as ${shown(oneLine(example, 80))}, none is a source`,
        }
      : {}),
  };
}
