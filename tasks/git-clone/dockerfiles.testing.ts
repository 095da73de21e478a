import { readFileSync } from 'node:fs';

/** Dockerfiles for tests that no one would write by hand: shapes from the field, changed in a few places. */

export const digest = `sha256:${'a'.repeat(64)}`;
export const given = {
  GO_IMAGE: `registry.example/golang:1.26@${digest}`,
  MAVEN_IMAGE: `registry.example/maven@${digest}`,
};

/** With a part that downloads what its lock file names. */
export const java = `ARG MAVEN_IMAGE=maven@${digest}
FROM \${MAVEN_IMAGE} AS build
# What is downloaded follows from this file.
COPY pom.xml .
RUN mvn package \\
    # a comment in between
    && rm -r target
COPY src src
RUN mvn --offline package
FROM jre@${digest}
COPY --from=build /out .
`;

/** From the field, and readable by both. */
export const accepted = [
  ...['booking', 'ticket', 'live'].map((service) => readFileSync(`services/${service}/Dockerfile`, 'utf8')),
  `# syntax=docker/dockerfile:1
# check=skip=all
ARG GO_IMAGE=golang
ARG NAME="registry.example/alpine" DIGEST=${digest}
ARG BASE=\${NAME}:3.22@$DIGEST
FROM --platform=$BUILDPLATFORM \${GO_IMAGE} AS build
WORKDIR /src
COPY go.mod go.sum* ./
RUN go mod download && \\
    # in between
    go build -ldflags="-s -w" -o /out/app ./cmd/app

RUN echo "$((1<<4))" | sed 's/<<X>>/y/' && cat <<<"here"
FROM \${BASE} AS Runtime
LABEL org.opencontainers.image.title="예매 서비스" maintainer='한글　이름'
ENV A=b C="d e"
COPY --from=build --chown=65532:65532 /out/app /app
COPY --from=0 ["/out/app", "/other app"]
COPY --from=other.example/tool@${digest} /tool /tool
EXPOSE 8080/tcp
USER 65532:65532
HEALTHCHECK --interval=30s CMD ["/app", "health"]
ENTRYPOINT ["/app"]
`,
  `FROM scratch as rootfs
ADD --chmod=644 rootfs.tar.gz /
FROM rootfs
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN set -eux; \\
\tapt-get update; \\
\tapt-get install -y --no-install-recommends \\
\t\tca-certificates \\
\t; \\
\trm -rf /var/lib/apt/lists/*
VOLUME ["/data"]
STOPSIGNAL SIGTERM
CMD ["x"]
`,
  `FROM registry.example/node@${digest} AS deps\r\nCOPY package.json package-lock.json ./\r\nRUN npm ci --omit=dev \\\r\n  && npm cache clean --force\r\nFROM deps\r\nCOPY . .\r\nRUN node -e 'console.log("a" + "b")'\r\nCMD npm start\r\n`,
];
/** From the field as well, and refused: heredocs, mounts and triggers. */
export const refused = [
  `ARG GO_IMAGE
FROM $GO_IMAGE
RUN <<EOF
echo one
FROM two
EOF
COPY <<-"X" /etc/motd
\thello
X
`,
  `FROM registry.example/x@${digest}\nRUN --mount=type=cache,target=/root/.cache make\nONBUILD COPY . /src\n`,
];

const bytes = (...codes: number[]) => String.fromCharCode(...codes);
/** In bytes, as latin1: white space that only one reader knows, what begins or ends something, and what an attacker would like to be read. */
const tokens = [
  ...[bytes(0xc2, 0x85), bytes(0xc2, 0xa0), bytes(0x85), bytes(0xa0), bytes(0xe3, 0x80, 0x80)],
  ...[bytes(0xef, 0xbb, 0xbf), bytes(0xe2, 0x80, 0xa8), bytes(0xe1, 0x9a, 0x80), bytes(0xc3, 0xa0)],
  ...[bytes(0xe2, 0x84, 0xaa), bytes(0xc5, 0xbf), bytes(0xff)],
  ...['\0', '\v', '\f', '\r', '\r\n', '\t', ' ', '\n', '\n\n', '\\', '\\\n', '\\ \t\n', '\\\r\n', '\\\\\n'],
  ...['\\\n#\n', '\\\n\n', '#', '# ', "'", '"', '`', '$', '${', '}', '[', ']', '{', ',', '=', ':', '@', '/', '<'],
  ...['<<', '<<<', '<<EOF', '<<-X', '0<<"E"', ' << 4 ', '$((1<<4))', `\${A:- <<E}`, '"<<E"', "' <<E'", '\nEOF\n'],
  ...[
    '-',
    '--',
    ' -- ',
    ' --from=evil.example/x ',
    '--from=build ',
    '--platform=x ',
    '--link ',
    '--chown="1 --from=x"',
  ],
  ...['# escape=`\n', '# escape=\\\n', '#escape=`', '# syntax=evil/x\n', '\n# escape = `\n', '#!/x\n'],
  ...['\nFROM evil.example/x\n', '\nFROM evil.example/x AS build\n', '\nARG GO_IMAGE=evil.example/x\n'],
  ...['\nARG X=evil Y=z', '\nARG COMMIT=', '\nARG NAME=\n', '\nCOPY --from=evil.example/x /a /b\n'],
  ...['\nCOPY --from=1 /a /b\n', '\nONBUILD COPY --from=evil /a /b\n', '\nONBUILD ', ' AS build', ' as '],
  ...[`\${X:-y}`, `\${GO_IMAGE}`, '$COMMIT', '$NAME', `\${NAME#r}`, 'scratch', 'build', 'Build', '0', '1'],
  ...['FROM ', 'RUN ', 'COPY ', 'ARG '],
];

/** White space and what looks like it; readers differ in what is which. */
const spaces = [' ', '\t', '\v', '\f', '\r', bytes(0x85), bytes(0xa0), ...tokens.slice(0, 9)];
const heredocs = [
  '<<#EOF',
  '<< #EOF',
  '0<<-#EOF',
  '"<<#EOF"',
  "'<<#EOF'",
  `\${A:- <<#EOF}`,
  '"a" <<#EOF',
  '\\<<#EOF',
  '$((1 <<#EOF',
  '<<<#EOF',
  "'' <<'#EOF'",
];
const evil = 'evil.example/x';
/** Whole attacks: what one reader takes for an instruction, the other takes for a word, a flag or a line of something else. */
const attacks = [
  ...spaces.flatMap((space) => [
    `\n${space}FROM ${evil}\n`,
    `\nFROM${space}${evil}\n`,
    `\nFROM registry.example/x@${digest}${space}AS${space}build\n`,
    `\nCOPY --chown=1${space}--from=${evil} /a /b\n`,
    `\nCOPY${space}--from=${evil} /a /b\n`,
    `\nCOPY --chown=${bytes(0xc3)}${space}--from=${evil} /a /b\n`,
    `\nARG X=y${space}GO_IMAGE=${evil}${space}NAME=${evil}\n`,
    `\nRUN true \\${space}\nFROM ${evil}\n`,
    `\nRUN true \\\n${space}\nFROM ${evil}\n`,
    `\nRUN true \\\n${space}# \\\nFROM ${evil}\n`,
    `\n#${space}\nFROM ${evil}\n`,
    `\nLABEL a="b${space}c" \\\nFROM ${evil}\n`,
  ]),
  ...heredocs.flatMap((heredoc) =>
    ['RUN cat', 'COPY', 'ADD', 'ONBUILD RUN', 'LABEL a=', 'CMD'].map(
      (name) =>
        `\n${name} ${heredoc} /x\nFROM registry.example/x@${digest} AS hidden\nFROM scratch\n#EOF\nCOPY --from=hidden /a /b\n`,
    ),
  ),
  ...['# escape=`\n', '#escape = `\n', '# check=x\n# escape=`\n', '\n# escape=`\n', '#!/x\n# escape=`\n'].map(
    (directive) => `${directive}FROM registry.example/x@${digest}\nRUN true \\\nFROM ${evil}\n`,
  ),
  `\nRUN ["a", "b"] \\\n<<#EOF\nFROM scratch\n#EOF\n`,
  `\nCOPY ["<<#EOF", "/x"]\nFROM scratch\n#EOF\n`,
  `\nFROM scratch AS build\nFROM scratch AS build\nFROM build\nCOPY --from=build /a /b\n`,
];

/** Numbers from 0 to below 1, the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    // xorshift: neighbouring seeds differ after a few steps, and which numbers come matters to nobody.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

export function* mutants(count: number, seed: number): Generator<Buffer> {
  const random = randomOf(seed * 0x9e3779b1);
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const sources = [...accepted, ...refused].map((shape) => Buffer.from(shape).toString('latin1'));
  const insert = (text: string, at: number) => text.slice(0, at) + pick(tokens) + text.slice(at);
  const changes: ((text: string) => string)[] = [
    (text) => insert(text, below(text.length + 1)),
    // Where words end, readers differ.
    (text) => insert(text, [...text.matchAll(/[ \n=]/g)].map(({ index }) => index + below(2))[below(20)] ?? 0),
    (text) => insert(text, below(2) * (text.indexOf('\n') + 1)),
    (text) => {
      const lines = text.split('\n');
      lines.splice(below(lines.length + 1), 0, pick(attacks));
      return lines.join('\n');
    },
    (text) => pick(attacks).trimStart() + (below(2) ? text : ''),
    (text) => text + pick(attacks),
    (text) => {
      const at = below(text.length);
      return text.slice(0, at) + text.slice(at + 1 + below(below(30) + 1));
    },
    (text) => {
      const lines = text.split('\n');
      lines.splice(below(lines.length), below(2), pick(pick(sources).split('\n')));
      return lines.join('\n');
    },
    (text) => {
      const at = below(text.length);
      const end = at + below(12);
      const part = text.slice(at, end);
      return text.slice(0, at) + (below(2) ? part.toLowerCase() : part.toUpperCase()) + text.slice(end);
    },
  ];
  for (let n = 0; n < count; n++) {
    let text = pick(sources);
    for (let left = 1 + below(3); left > 0; left--) text = pick(changes)(text);
    yield Buffer.from(text, 'latin1');
  }
}
