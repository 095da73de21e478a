/** What Traefik reports of the requests to each Service, by the same names: the rules and dashboards of AWS read it, too. */

/** Traefik's own, in seconds. */
const buckets = [0.1, 0.3, 1.2, 5];

export function newMetrics() {
  const requests = new Map<string, number>();
  const durations = new Map<string, { upTo: number[]; sum: number; count: number }>();
  const head = (name: string, type: string, help: string) => [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];

  return {
    /** `service`: as Traefik calls the backend of an Ingress, `<namespace>-<service>-<port>@kubernetes`. */
    observe(service: string, code: number, seconds: number): void {
      const of = `code="${code}",service="${service}"`;
      requests.set(of, (requests.get(of) ?? 0) + 1);
      const own = durations.get(of) ?? { upTo: buckets.map(() => 0), sum: 0, count: 0 };
      for (const [index, most] of buckets.entries()) if (seconds <= most) own.upTo[index] = (own.upTo[index] ?? 0) + 1;
      own.sum += seconds;
      own.count += 1;
      durations.set(of, own);
    },
    text(): string {
      const [total, duration] = ['traefik_service_requests_total', 'traefik_service_request_duration_seconds'];
      return [
        ...head(
          total,
          'counter',
          'Requests by service and status. By the ingress of the embedded platform, which is not Traefik.',
        ),
        ...[...requests].map(([of, count]) => `${total}{${of}} ${count}`),
        ...head(duration, 'histogram', 'How long they took.'),
        ...[...durations].flatMap(([of, { upTo, sum, count }]) => [
          ...buckets.map((most, index) => `${duration}_bucket{${of},le="${most}"} ${upTo[index]}`),
          `${duration}_bucket{${of},le="+Inf"} ${count}`,
          `${duration}_sum{${of}} ${sum}`,
          `${duration}_count{${of}} ${count}`,
        ]),
        '',
      ].join('\n');
    },
  };
}
