import { cache, state } from './topology.ts';

/** What to do about a failure of another program, by a sign in its message. */
const cures: [sign: RegExp, cure: string][] = [
  [/no space left on device|ENOSPC/i, `the disk is full: make room (df -h ${cache} ${state} /tmp says where)`],
  [
    /signal: killed|cannot allocate memory|ENOMEM/i,
    'memory ran out: end what else takes it (free -m says how much there is)',
  ],
  [
    /no such host|could ?n[o']t resolve|i\/o timeout|connection refused|TLS handshake timeout|network is unreachable/i,
    'a server was not in reach: check the network, and the proxies of this machine (GOPROXY, https_proxy)',
  ],
  [
    /^\S+\.go:\d+:\d+: /m,
    `the source does not compile: see what was changed (git status engines); if nothing was, the build cache may be damaged: rm -r ${cache}/go-build`,
  ],
];

export const cureOf = (message: string): string | undefined => cures.find(([sign]) => sign.test(message))?.[1];
