import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A change that one gate must stop, and no other, and what its message must say. */
export interface Contract {
  change: (folder: string) => void;
  says: RegExp;
  /** What the log shows that the message refers to, where it cannot say it itself. */
  logs?: RegExp;
}

const add = (path: string, text: string) => (folder: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};
const replace = (path: string, from: string, to: string) => (folder: string) => {
  const text = readFileSync(join(folder, path), 'utf8');
  if (!text.includes(from)) throw new Error(`${path} has no ${from}`);
  writeFileSync(join(folder, path), text.replace(from, to));
};
const all =
  (...changes: Contract['change'][]) =>
  (folder: string) => {
    for (const change of changes) change(folder);
  };

/** Of a stage that is never built, because nothing needs it: what counts is what is written. */
const unpinnedBase: Contract = {
  change: (folder) => {
    const file = join(folder, 'Dockerfile');
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace(/^FROM /m, 'FROM docker.io/library/debian:latest AS other\nFROM '),
    );
  },
  says: /git-clone[\s\S]*Dockerfile: FROM "docker\.io\/library\/debian:latest": is not an image by its digest; allowed are/,
};
const brokenImage: Contract = {
  change: (folder) => appendFileSync(join(folder, 'Dockerfile'), '\nRUN no-such-program\n'),
  says: /kaniko-build/,
  // The last one where there is no shell.
  logs: /RUN no-such-program[\s\S]*(not found|no such file or directory)/,
};
/** Five minutes of work each, as SonarQube reckons, and hardly a line: more than a twentieth of what all of the service took. */
const emptyFunctions = Array.from({ length: 600 }, (_, n) => `func empty${n}() {}${n % 20 === 19 ? '\n' : '; '}`).join(
  '',
);
/** Long enough to be a copy, where it is there twice. */
const copied = `def figures(first: dict[str, int], second: dict[str, int]) -> dict[str, int]:\n    found: dict[str, int] = {}\n${Array.from({ length: 60 }, (_, n) => `    found["figure-${n}"] = first["a${n}"] * ${n + 2} - second["b${n}"]`).join('\n')}\n    return found\n`;
/** A message that names these conditions, in any order. */
const red = (...conditions: string[]) =>
  new RegExp(`quality gate red: ${conditions.map((one) => `(?=[^\\n]*${one})`).join('')}`);
const java = 'example/tickets/booking';

/** By gate and service. */
export const contracts: Record<string, Record<string, Contract>> = {
  'unit-test': {
    booking: {
      change: add(
        `src/test/java/${java}/BrokenTest.java`,
        'package example.tickets.booking;\n\nclass BrokenTest {\n\n    @org.junit.jupiter.api.Test\n    void isBrokenOnPurpose() {\n        throw new AssertionError();\n    }\n}\n',
      ),
      says: /unit-test[\s\S]*failed: BrokenTest\.isBrokenOnPurpose/,
    },
    ticket: {
      change: add(
        'broken_test.go',
        'package main\n\nimport "testing"\n\nfunc TestBroken(t *testing.T) { t.Fatal("broken on purpose") }\n',
      ),
      says: /unit-test[\s\S]*failed: TestBroken/,
    },
    live: {
      change: add(
        'tests/test_broken.py',
        'from django.test import SimpleTestCase\n\n\nclass BrokenTest(SimpleTestCase):\n    def test_broken_on_purpose(self) -> None:\n        self.fail()\n',
      ),
      says: /unit-test[\s\S]*failed: test_broken_on_purpose/,
    },
  },
  'git-clone, of a base image without a digest': { booking: unpinnedBase, ticket: unpinnedBase, live: unpinnedBase },
  'kaniko-build': { booking: brokenImage, ticket: brokenImage, live: brokenImage },
  // Each condition at least once, two at a time, in code that compiles and passes the tests: all that failed is named.
  'sonar-scan': {
    booking: {
      change: all(
        add(
          `src/main/java/${java}/Always.java`,
          'package example.tickets.booking;\n\nfinal class Always {\n\n    private Always() {}\n\n    static boolean is(int a) {\n        return a == a;\n    }\n}\n',
        ),
        add(
          `src/main/java/${java}/Weak.java`,
          'package example.tickets.booking;\n\nfinal class Weak {\n\n    private Weak() {}\n\n    static javax.crypto.Cipher cipher() throws java.security.GeneralSecurityException {\n        return javax.crypto.Cipher.getInstance("DES/ECB/PKCS5Padding");\n    }\n}\n',
        ),
      ),
      says: red(
        'software quality reliability rating is [B-E], allowed at most A',
        'software quality security rating is [B-E], allowed at most A',
      ),
    },
    ticket: {
      change: all(
        add(
          'untested.go',
          `package main\n\n// untested has no test on purpose.\nfunc untested(a int) int {\n${Array.from({ length: 600 }, (_, n) => `\ta += ${n}`).join('\n')}\n\treturn a\n}\n\nvar _ = untested\n`,
        ),
        add('empty.go', `package main\n\n${emptyFunctions}`),
      ),
      says: red(
        'coverage is [0-5]?\\d(\\.\\d)?, allowed at least 60',
        'software quality maintainability rating is [B-E], allowed at most A',
      ),
    },
    live: {
      change: all(
        add('live/always.py', 'def always(a: int) -> bool:\n    return a == a\n'),
        ...['once', 'twice'].map((name) => add(`live/${name}.py`, copied)),
      ),
      says: red(
        'software quality reliability rating is [B-E], allowed at most A',
        'duplicated lines density is \\d+(\\.\\d)?, allowed at most 5',
      ),
    },
  },
  // A dependency with a known hole that has a fix.
  'trivy-scan': {
    booking: {
      change: replace(
        'pom.xml',
        '  <dependencies>\n',
        '  <dependencies>\n    <dependency>\n      <groupId>commons-collections</groupId>\n      <artifactId>commons-collections</artifactId>\n      <version>3.2.1</version>\n    </dependency>\n',
      ),
      says: /CVE-2015-7501 CRITICAL: commons-collections:commons-collections 3\.2\.1, fixed in 3\.2\.2/,
    },
    ticket: {
      change: all(
        add(
          'language.go',
          'package main\n\nimport "golang.org/x/text/language"\n\nvar korean = language.Korean\n\nvar _ = korean.String()\n',
        ),
        add('go.mod', 'module tickets.example/ticket\n\ngo 1.26\n\nrequire golang.org/x/text v0.3.7\n'),
        add(
          'go.sum',
          'golang.org/x/text v0.3.7 h1:olpwvP2KacW1ZWvsR7uQhoyTYvKAupfQrRGBFM352Gk=\ngolang.org/x/text v0.3.7/go.mod h1:u+2+/6zg+i71rQMx5EYifcz6MCKuco9NR6JIITiCfzQ=\n',
        ),
      ),
      says: /CVE-2022-32149 HIGH: golang\.org\/x\/text v0\.3\.7, fixed in 0\.3\.8/,
    },
    live: {
      change: (folder) =>
        appendFileSync(
          join(folder, 'requirements.txt'),
          'urllib3==1.26.4 \\\n    --hash=sha256:2f4da4594db7e1e110a944bb1b551fdf4e6c136ad42e4234131391e21eb5b0df\n',
        ),
      says: /CVE-2021-33503 HIGH: urllib3 1\.26\.4, fixed in 1\.26\.5/,
    },
  },
  // Judged the same of every service.
  'trivy-scan, of an ignore without a reason and an end, and of a base past its end of life': {
    ticket: {
      change: add('.trivyignore.yaml', 'vulnerabilities:\n  - id: CVE-2022-32149\n'),
      says: /\.trivyignore\.yaml: vulnerabilities\[0\] \(CVE-2022-32149\): statement: nothing was given/,
    },
    live: {
      // Debian names its release in a file; nine ended in 2022.
      change: (folder) =>
        appendFileSync(join(folder, 'Dockerfile'), '\nUSER 0\nRUN echo 9.13 >/etc/debian_version\nUSER 65532:65532\n'),
      says: /trivy-scan[\s\S]*past its end of life/,
    },
  },
};

/** Looks around from the tests and the build of a push, and fails where there is anything to be had. */
export const curious = all(
  add(
    'tests/test_reach.py',
    `import os
import re
import socket
import urllib.error
import urllib.request
from pathlib import Path

from django.test import SimpleTestCase

CREDENTIAL = re.compile("TOKEN|SECRET|PASSWORD|CREDENTIAL|PRIVATE|_KEY|AUTH", re.IGNORECASE)


class ReachTest(SimpleTestCase):
    def test_the_environment_has_no_credential(self) -> None:
        self.assertEqual([name for name in os.environ if CREDENTIAL.search(name)], [])

    def test_no_credential_is_mounted(self) -> None:
        mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
        found = [name for name in mounts if re.search("secrets|login|creds|docker|credential", name)]
        self.assertEqual([name for name in found if os.path.isdir(name) and os.listdir(name)], [])
        self.assertFalse(Path("/var/run/secrets/kubernetes.io").exists())

    def test_no_metadata_service_answers(self) -> None:
        with self.assertRaises(OSError):
            socket.create_connection(("169.254.169.254", 80), 2).close()

    def test_no_registry_takes_anything(self) -> None:
        for region in ("seoul", "tokyo"):
            url = f"http://registry.{region}.internal:5000/v2/live/blobs/uploads/"
            try:
                urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=5)
                self.fail("anybody may write to the registry")
            except urllib.error.HTTPError as error:
                self.assertEqual(error.code, 401)

    def test_slack_takes_nothing_at_an_address_that_is_guessed(self) -> None:
        for path in ("embedded/platform/slack", "embedded/platform/", "T0000STANDIN/B0000STANDIN/stand-in-no-secret"):
            url = f"http://slack.internal:8800/services/{path}"
            try:
                urllib.request.urlopen(url, data=b'{"text": "released, really"}', timeout=5)
                self.fail("anybody may write to the channel")
            except urllib.error.HTTPError as error:
                self.assertEqual(error.code, 403)

    def test_kubernetes_gives_nothing_to_nobody(self) -> None:
        host = os.environ.get("KUBERNETES_SERVICE_HOST", "kubernetes.default.svc")
        context = __import__("ssl")._create_unverified_context()
        try:
            urllib.request.urlopen(f"https://{host}/api/v1/namespaces/ci/secrets", timeout=5, context=context)
            self.fail("anybody may list the secrets")
        except urllib.error.HTTPError as error:
            self.assertIn(error.code, (401, 403))
        except OSError:
            pass
`,
  ),
  (folder) => {
    const dockerfile = join(folder, 'Dockerfile');
    const text = readFileSync(dockerfile, 'utf8');
    const looks = `RUN ${[
      'for folder in /build-context /layer-cache; do if touch $folder/x 2>/dev/null; then exit 1; fi; done',
      'if timeout 3 bash -c ": </dev/tcp/169.254.169.254/80" 2>/dev/null; then exit 1; fi',
      'if env | grep -iE "token|secret|password|credential|private|auth"; then exit 1; fi',
      ...['/source', '/var/run/secrets/kubernetes.io', '/kaniko/.docker/config.json', '/login'].map(
        (path) => `test ! -e ${path}`,
      ),
      // No registry takes anything from it.
      `bash -c 'exec 3<>/dev/tcp/registry.seoul.internal/5000; printf "POST /v2/live/dependencies/blobs/uploads/ HTTP/1.0\\r\\nHost: x\\r\\n\\r\\n" >&3; head -1 <&3' | grep " 401 "`,
    ].join(' && ')}\n`;
    // Where layers are made for later runs, nothing of the push is in reach but what they follow from. By the time of day they are others
    // than those of an earlier test, which are kept already.
    const early = `RUN : ${Date.now()}; if test -e /layers; then test -e /build-context/requirements.txt && test ! -e /build-context/manage.py && test ! -e /source; fi\n`;
    const places = {
      'COPY . .\n': `COPY . .\n${looks}`,
      'COPY requirements.txt .\n': `COPY requirements.txt .\n${early}`,
    };
    let seeing = text;
    for (const [place, more] of Object.entries(places)) {
      if (!seeing.includes(place)) throw new Error(`Dockerfile has no ${place}`);
      seeing = seeing.replace(place, more);
    }
    writeFileSync(dockerfile, seeing);
  },
);
