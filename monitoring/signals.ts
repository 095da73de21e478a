import type { Signal } from './signal.ts';
import { awsSignals } from './signals/aws.ts';
import { clusterSignals } from './signals/cluster.ts';
import { platformSignals } from './signals/platform.ts';
import { serviceSignals } from './signals/services.ts';

/**
 * The one list of signals. Everything that watches the platform is made of it: Prometheus rules and their tests, Grafana dashboards, CloudWatch alarms and
 * Datadog monitors. A new signal is one entry.
 */
export const signals: readonly Signal[] = [...clusterSignals, ...serviceSignals, ...platformSignals, ...awsSignals];
