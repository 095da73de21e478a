import { AcmCertificate } from '@cdktn/provider-aws/lib/acm-certificate/index.js';
import { AcmCertificateValidation } from '@cdktn/provider-aws/lib/acm-certificate-validation/index.js';
import { DataAwsRoute53Zone } from '@cdktn/provider-aws/lib/data-aws-route53-zone/index.js';
import { Route53Record } from '@cdktn/provider-aws/lib/route53-record/index.js';
import { alarmsOf } from '../../monitoring/cloudwatch.ts';
import { alarmTopic, arn, firewallAlarm } from '../../overlays/names.ts';
import { type At, idOf, type Place, type Scope } from '../stack.ts';
import { metricAlarm } from './monitoring.ts';

/** The public zone of the domain, which a person delegates to this account. Route 53 has no regions: any place may ask. */
export const publicZone = (scope: Scope, place: Place, domain: string): string =>
  new DataAwsRoute53Zone(scope.stack, 'zone', { provider: scope.provider(place), name: domain, privateZone: false })
    .zoneId;

/**
 * A certificate of ACM for one name, which renews itself as long as its record is there, and an alarm for when it does not. Returns its ARN when it is issued.
 */
export function certificate(scope: Scope, at: At, zoneId: string, domainName: string): string {
  const { stack } = scope;
  const provider = scope.provider(at.name);
  const host = domainName.replace('*', 'any');
  const id = `certificate-${at.name}-${idOf(host)}`;
  const made = new AcmCertificate(stack, id, {
    provider,
    domainName,
    validationMethod: 'DNS',
    lifecycle: { createBeforeDestroy: true },
  });
  // A set of one.
  const option = (field: string) => `\${one(aws_acm_certificate.${id}.domain_validation_options).${field}}`;
  const record = new Route53Record(stack, `${id}-record`, {
    provider,
    zoneId,
    name: option('resource_record_name'),
    type: option('resource_record_type'),
    records: [option('resource_record_value')],
    ttl: 300,
    // Another region has the same record for the same name.
    allowOverwrite: true,
  });
  // By its name: stacks that are applied later make the topics.
  const topic = arn(at, 'sns', at.name === 'global' ? firewallAlarm.topic : alarmTopic);
  const watched = [{ name: host, dimensions: { CertificateArn: made.arn } }];
  for (const alarm of alarmsOf((of) => (of === 'certificates' ? watched : []))) metricAlarm(scope, at, alarm, topic);
  return new AcmCertificateValidation(stack, `${id}-issued`, {
    provider,
    certificateArn: made.arn,
    validationRecordFqdns: [record.fqdn],
  }).certificateArn;
}
