/** Dockerfiles of the kinds that there are in the field and that git-clone lets through, small ones over one base, with what they build from. */

/** Files of the build context: text, with modes, or where a link leads. */
export const context: Record<string, string | { text: string; mode: number } | { link: string }> = {
  'a.txt': 'a\n',
  'b.txt': 'b\n',
  'exec.sh': { text: '#!/bin/sh\necho run\n', mode: 0o755 },
  'secret.txt': { text: 'for one\n', mode: 0o600 },
  'dir/one': '1\n',
  'dir/.hidden': 'h\n',
  'dir/skip.log': 'log\n',
  'dir/keep.log': 'kept\n',
  'dir/sub/two': '2\n',
  'dir/sub/three.log': '3\n',
  'dir/to-two': { link: 'sub/two' },
  'dir/to-nothing': { link: '/nowhere' },
  'to-a': { link: 'a.txt' },
  'with space/파일': 'name\n',
  [`${'long'.repeat(30)}/${'name'.repeat(30)}`]: 'long\n',
  '.dockerignore': '# what a build does not need\n**/*.log\n!dir/keep.log\nignored\n*/ignored\n/b.txt\n',
  ignored: 'no\n',
  'dir/ignored': 'no\n',
};

/** What the base has beside busybox. */
export const base: Record<string, string> = {
  'var/lib/old/file': 'old\n',
  'var/lib/old/other': 'other\n',
  'srv/tree/deep/file': 'deep\n',
  'etc/settings': 'base\n',
};

/** `FROM base` is the base. */
export const corpus: Record<string, string> = {
  'COPY of files and folders': `FROM base
COPY a.txt /o/
COPY a.txt secret.txt /o/two/
COPY a.txt /o/renamed
COPY dir /o/dir
COPY dir/ /o/other/
COPY dir/*e /o/some/
COPY ["with space/파일", "/o/with space/"]
COPY --chown=app:app --chmod=640 a.txt /o/owned
COPY --chown=1000 dir/sub /o/of-a-number
COPY --chown=app:0 exec.sh /usr/local/bin/exec
`,
  'COPY of all, with .dockerignore': `FROM base
COPY . /all
`,
  'COPY of links': `FROM base
COPY dir /l/dir
RUN ln -s /etc/settings /l/link && ln /etc/settings /l/hard && ln -s dir /l/to-dir
FROM base
COPY --from=0 /l /copied
`,
  'ADD of an archive and of a file': `FROM base
ADD archive.tar.gz /t/
ADD --chown=app:app a.txt /t/a
WORKDIR /w
ADD archive.tar.gz ./
`,
  'WORKDIR, absolute, relative and again': `FROM base
WORKDIR /w
WORKDIR one/two
RUN echo here >file
COPY a.txt ./
COPY a.txt ../
WORKDIR /var/lib/old
RUN pwd >where
`,
  'stages by name and number, one of another, and one that is not needed': `ARG NAME=base
FROM base AS first
RUN mkdir /made && echo 1 >/made/one && chmod 4755 /made/one && chown app /made/one
FROM first AS second
RUN echo 2 >/made/two && rm /made/one
FROM base AS unused
RUN exit 0
FROM base
COPY --from=first /made /first
COPY --from=1 /made/ /second/
COPY --from=second /made/two /etc/
`,
  'scopes of ARG': `ARG VERSION=1
ARG TAG=base
FROM base AS one
ARG VERSION
ARG OTHER=\${VERSION}.2
RUN echo "$VERSION $OTHER $TAG" >/args
FROM one
ARG VERSION
ARG OTHER=3
ENV OTHER=env
RUN echo "$VERSION $OTHER" >/again
LABEL version=$VERSION other=$OTHER
`,
  'expansion of ENV': `FROM base
ENV A=b C="d e" F=$A
ENV G=\${A}x H=\${NONE:-none} I=\${A:+some} J=\\$A K='single $A'
ENV L one two
ENV A=c M=$A
WORKDIR /$A/\${H}
COPY a.txt $G/
RUN env | grep -E '^[A-M]=' | sort >/env
LABEL all="$A $C" quoted='$A' "two words"=x
EXPOSE 8080 53/udp
`,
  'USER, with what it makes': `FROM base
USER app
RUN echo mine >/tmp/mine && id >/tmp/id
USER 1000
RUN echo too >/tmp/too
USER root
RUN mkdir -m 2775 /shared && chown app:app /shared
USER app:app
`,
  'files of the base that go, come back and change': `FROM base
RUN rm /var/lib/old/file && rm -r /srv/tree
RUN rm -r /var/lib/old && mkdir /var/lib/old && echo new >/var/lib/old/new
RUN mkdir -p /srv/tree/deep && echo back >/srv/tree/deep/other
RUN rm /etc/settings && mkdir /etc/settings && echo x >/etc/settings/file
`,
  'kinds that change into each other': `FROM base
RUN echo file >/kind && mkdir /folder && echo in >/folder/in
RUN rm /kind && mkdir /kind && echo in >/kind/in && rm -r /folder && echo now >/folder
RUN rm /folder && ln -s /kind /folder && mv /kind /moved
RUN chmod 700 /moved && chown -R app:app /moved && touch /moved/empty
`,
  'modes and names': `FROM base
RUN mkdir -p /m/empty && chmod 1777 /m/empty && for mode in 0 400 755 2755 4711 6777; do echo $mode >/m/$mode && chmod $mode /m/$mode; done
RUN mkdir "/m/with space" && echo x >"/m/with space/새 파일" && mkdir -p /m/$(printf 'x%.0s' $(seq 120))/$(printf 'y%.0s' $(seq 120)) && echo z >"/m/back\\\\slash"
RUN true
RUN rm -f /not/there
`,
  'VOLUME after its content': `FROM base
RUN mkdir /data && echo kept >/data/file && chown -R app /data
VOLUME /data ["/var/lib/old"]
USER app
`,
  'what a container is to do': `FROM base
SHELL ["/bin/sh", "-e", "-c"]
RUN echo shell >/shell
ENTRYPOINT ["/bin/sh", "-c"]
CMD ["echo \\"$A\\""]
STOPSIGNAL SIGUSR1
LABEL org.opencontainers.image.title="예매" a=b
EXPOSE 80
`,
  'shell forms': `FROM base
RUN echo one \\
    && echo two   \\
    # a comment in between
    >/continued
ENTRYPOINT exec sleep 1
CMD ignored "by the entrypoint"
`,
};

/** In docs/gates.md: others follow the link, which may be in the repository or in another stage. */
export const namedLink = `FROM base
COPY to-a /l/a
`;
