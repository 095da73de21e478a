import { readsNoAws, type Signal } from '../signal.ts';

const measured = 'AWS measures it, and Prometheus asks nothing of AWS';

/** Of what AWS runs for us. */
export const awsSignals: readonly Signal[] = [
  {
    name: 'host-certificate-expires',
    subject: 'credentials',
    summary:
      'A certificate of our hosts ends within a month, and ACM has not renewed it; behind it everything stops with it',
    severity: 'ticket',
    runbook:
      'aws acm describe-certificate says why: mostly the record in the public zone by which ACM knows the domain is gone. Apply the stack again. A new one has no figure for half a day',
    // ACM begins to renew more than a month before.
    when: { below: 30, unit: 'days', minutes: 24 * 60 },
    prometheus: { gap: measured },
    cloudwatch: {
      namespace: 'AWS/CertificateManager',
      metric: 'DaysToExpiry',
      of: 'certificates',
      statistic: 'Minimum',
      // It is measured twice a day, and no more once the certificate has ended.
      period: 24 * 3600,
      missing: 'breaching',
    },
    datadog: { gap: readsNoAws },
  },
  {
    name: 'entrance-errors',
    subject: 'services',
    summary: 'API Gateway answers customers with errors of the server',
    severity: 'page',
    runbook:
      'The access log of the gateway has route, status and error.responseType: INTEGRATION_FAILURE is the way to the ingress, the rest is the service',
    when: { above: 0.05, unit: 'ratio', minutes: 5 },
    prometheus: { gap: measured },
    // Of all requests, a mean of 0 and 1.
    cloudwatch: { namespace: 'AWS/ApiGateway', metric: '5XXError', of: 'gateway', statistic: 'Average' },
    datadog: { gap: readsNoAws },
  },
  {
    name: 'kafka-disk',
    subject: 'queue',
    summary: 'The disk of a broker gets full faster than it grows; a full one stops the broker',
    severity: 'page',
    runbook:
      'It grows by a tenth once in six hours, up to kafka.most in overlays/landing.ts: raise that, grow it by hand with UpdateBrokerStorage, or shorten hours of a topic',
    when: { above: 0.8, unit: 'ratio', minutes: 15 },
    prometheus: { gap: measured },
    cloudwatch: {
      namespace: 'AWS/Kafka',
      metric: 'KafkaDataLogsDiskUsed',
      of: 'brokers',
      statistic: 'Maximum',
      scale: 100,
    },
    datadog: { gap: readsNoAws },
  },
  {
    name: 'logs-late',
    subject: 'monitoring',
    summary: 'Logs do not reach S3: the oldest one that Firehose holds is old, and after a day it drops them',
    severity: 'ticket',
    runbook: 'The log group /aws/kinesisfirehose/ of the stream says why: the role, the key, or the bucket',
    when: { above: 1800, unit: 'seconds', minutes: 15 },
    prometheus: { gap: measured },
    cloudwatch: {
      namespace: 'AWS/Firehose',
      metric: 'DeliveryToS3.DataFreshness',
      of: 'log-streams',
      statistic: 'Maximum',
      period: 300,
    },
    datadog: { gap: readsNoAws },
  },
];
