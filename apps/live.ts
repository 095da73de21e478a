import type { Service } from './service.ts';

/** Shows what is on right now. */
export const live: Service = {
  name: 'live',
  stack: 'python',
  port: 8080,
  resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { cpu: '500m', memory: '256Mi' } },
  // Workers tell their parent that they are alive through files there.
  writableTmp: '64Mi',
  // Until its database is there.
  singleton: true,
};
