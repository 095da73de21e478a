import type { BaseImage, ToolImage } from '../../lib/images.ts';
import { reportsFolder } from '../../tasks/sonar-scan/coverage.ts';

/** How the sources of a service are tested, built and analysed, in the words of the pipeline's params. */
type Stack = {
  /** The image that the tests run in. */
  testImage: ToolImage;
  testCommand: string[];
  /** All that decides the dependencies. */
  lockFiles: string[];
  /** What the tests leave for the analysis, which finds a copy in reportsFolder. */
  reports: string[];
  /** Folders of the test image and of the layer cache that the tests use, as FOLDER=TARGET, the target below HOME. */
  cachePaths: string[];
  /** Settings of SonarQube: where it finds sources, tests and coverage. */
  analysis: string[];
  /** Base images that the Dockerfile is given, by the names of its build arguments. */
  bases: BaseImage[];
};

const analysis = (settings: Record<string, string>) =>
  Object.entries(settings).map(([name, value]) => `-Dsonar.${name}=${value}`);

export const stacks = {
  go: {
    testImage: 'golang',
    // Compiled as for the image, so that the tests find what its layers have compiled.
    testCommand: ['env', 'CGO_ENABLED=0', 'go', 'test', '-trimpath', '-coverprofile=coverage.out', './...'],
    lockFiles: ['go.mod', 'go.sum'],
    reports: ['coverage.out'],
    // Where Go's official image keeps modules, where Go does by itself, and what it has compiled.
    cachePaths: ['go/pkg/mod=go/pkg/mod', 'root/go/pkg/mod=go/pkg/mod', 'root/.cache/go-build=.cache/go-build'],
    analysis: analysis({
      sources: '.',
      tests: '.',
      exclusions: '**/*_test.go',
      'test.inclusions': '**/*_test.go',
      'go.coverage.reportPaths': `${reportsFolder}/coverage.out`,
    }),
    bases: ['GO_IMAGE', 'RUNTIME_IMAGE'],
  },
  java: {
    testImage: 'maven',
    testCommand: ['mvn', '--batch-mode', 'test'],
    lockFiles: ['pom.xml'],
    reports: ['target/classes', 'target/site/jacoco/jacoco.xml'],
    cachePaths: ['root/.m2=.m2'],
    analysis: analysis({
      sources: 'src/main',
      tests: 'src/test',
      'java.binaries': `${reportsFolder}/target/classes`,
      'coverage.jacoco.xmlReportPaths': `${reportsFolder}/target/site/jacoco/jacoco.xml`,
    }),
    bases: ['MAVEN_IMAGE', 'JAVA_IMAGE'],
  },
  python: {
    testImage: 'python',
    testCommand: ['./test.sh'],
    lockFiles: ['requirements.txt'],
    reports: ['coverage.xml'],
    // Its tests make an environment of their own, with packages that no image has.
    cachePaths: [],
    analysis: analysis({
      sources: '.',
      tests: '.',
      exclusions: 'tests/**',
      'test.inclusions': 'tests/**',
      'python.coverage.reportPaths': `${reportsFolder}/coverage.xml`,
    }),
    bases: ['PYTHON_IMAGE'],
  },
} satisfies Record<string, Stack>;

export type StackName = keyof typeof stacks;

/** A stack as params of the pipeline, with the images of a site. */
export function stackParams(
  name: StackName,
  { images, baseImages }: { images: Record<ToolImage, string>; baseImages: Record<BaseImage, string> },
) {
  const { testImage, bases, ...params }: Stack = stacks[name];
  return {
    testImage: images[testImage],
    ...params,
    bases: bases.map((base) => `--build-arg=${base}=${baseImages[base]}`),
  };
}
