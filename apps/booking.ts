import type { Service } from './service.ts';

/** Takes bookings. */
export const booking: Service = {
  name: 'booking',
  stack: 'java',
  port: 8080,
  requests: { cpu: '100m', memory: '256Mi' },
  limits: { cpu: '1', memory: '512Mi' },
  // The embedded web server keeps its work files there.
  scratch: '64Mi',
};
