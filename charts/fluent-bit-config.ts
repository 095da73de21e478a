import type { NodeLogs } from '../overlays/overlay.ts';

/** Where the pod sees the logs of its node, and where it keeps how far it came and what CloudWatch has not taken yet. */
export const nodeFolders = { logs: '/var/log', state: '/var/fluent-bit/state' };
export const httpPort = 2020;

type Section = [name: string, settings: Record<string, string | number>];
/** Fluent Bit's classic format: a section, and indented lines of a key and a value. */
const text = (sections: readonly Section[]): string =>
  sections
    .map(([name, settings]) =>
      [`[${name}]`, ...Object.entries(settings).map(([key, value]) => `    ${key} ${value}`)].join('\n'),
    )
    .join('\n\n')
    .concat('\n');

const kept = { 'storage.type': 'filesystem' };

/**
 * A line of a pod becomes `{ time, stream, log, kubernetes: { pod_name, namespace_name, container_name, container_id }, host }`. Which pod it is
 * says the name of the file, which the kubelet gives: the API is not asked, and nothing in a line can say otherwise. So `log` stays one string,
 * also where it is JSON.
 */
export const parsers = (): string =>
  text([
    [
      'PARSER',
      {
        name: 'container',
        format: 'regex',
        regex:
          '/(?<kube_pod_name>[^_/]+)_(?<kube_namespace_name>[^_/]+)_(?<kube_container_name>[^/]+)-(?<kube_container_id>[0-9a-f]{64})\\.log$',
      },
    ],
  ]);

export function config({ awsRegion, groups }: NodeLogs, namespace: string): string {
  const { logs, state } = nodeFolders;
  /** What stays in the journal. */
  const journal = (kind: string, ...filters: string[]): Section[] =>
    filters.map((filter) => [
      'INPUT',
      {
        name: 'systemd',
        tag: `${kind}.*`,
        path: `${logs}/journal`,
        db: `${state}/${kind}-${filter.replace(/\W+/g, '-')}.db`,
        systemd_filter: filter,
        read_from_tail: 'on',
        strip_underscores: 'on',
        ...kept,
      },
    ]);
  const output = (kind: keyof NodeLogs['groups'], more: Record<string, string>): Section => [
    'OUTPUT',
    {
      name: 'cloudwatch_logs',
      match: `${kind}.*`,
      region: awsRegion,
      log_group_name: groups[kind],
      ...more,
      // Terraform makes the groups: one that Fluent Bit makes never expires, and has no key.
      auto_create_group: 'false',
      retry_limit: 'no_limits',
      'storage.total_limit_size': '1G',
    },
  ];
  return text([
    [
      'SERVICE',
      {
        flush: 5,
        grace: 30,
        log_level: 'warn',
        parsers_file: '/fluent-bit/config/parsers.conf',
        http_server: 'on',
        http_listen: '0.0.0.0',
        http_port: httpPort,
        health_check: 'on',
        'storage.path': `${state}/buffers`,
        'storage.max_chunks_up': 64,
        'storage.backlog.mem_limit': '16M',
      },
    ],
    [
      'INPUT',
      {
        name: 'tail',
        tag: 'application.*',
        path: `${logs}/containers/*.log`,
        // Its own lines would beget lines. A pod cannot have _ in its name, so no other namespace matches.
        exclude_path: `${logs}/containers/*_${namespace}_*.log`,
        path_key: 'file',
        'multiline.parser': 'cri',
        db: `${state}/application.db`,
        read_from_head: 'on',
        refresh_interval: 5,
        rotate_wait: 30,
        skip_long_lines: 'on',
        buffer_chunk_size: '64k',
        buffer_max_size: '1M',
        ...kept,
      },
    ],
    ...journal('dataplane', '_SYSTEMD_UNIT=kubelet.service', '_SYSTEMD_UNIT=containerd.service'),
    ...journal('host', '_TRANSPORT=kernel', '_TRANSPORT=audit', '_SYSTEMD_UNIT=sshd.service'),
    [
      'FILTER',
      {
        name: 'parser',
        match: 'application.*',
        key_name: 'file',
        parser: 'container',
        reserve_data: 'on',
        preserve_key: 'off',
      },
    ],
    [
      'FILTER',
      {
        name: 'nest',
        match: 'application.*',
        operation: 'nest',
        wildcard: 'kube_*',
        nest_under: 'kubernetes',
        remove_prefix: 'kube_',
      },
    ],
    ['FILTER', { name: 'record_modifier', match: '*', record: `host \${NODE_NAME}`, remove_key: '_p' }],
    output('application', {
      log_stream_prefix: `\${NODE_NAME}-`,
      log_stream_template: "$kubernetes['namespace_name'].$kubernetes['pod_name'].$kubernetes['container_name']",
    }),
    output('dataplane', { log_stream_prefix: `\${NODE_NAME}-` }),
    output('host', { log_stream_prefix: `\${NODE_NAME}-` }),
  ]);
}
