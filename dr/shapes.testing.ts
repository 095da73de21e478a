/** The shapes of AWS's APIs, out of the SDK's own models: what a fake answers has to be of them. */

import * as eks from '@aws-sdk/client-eks';
import * as accelerator from '@aws-sdk/client-global-accelerator';
import * as rds from '@aws-sdk/client-rds';
import { NormalizedSchema } from '@smithy/core/schema';

/** AWS's names of values, by the member of a shape that has them. */
const enums: Record<string, Record<string, string>> = {
  'FailoverState.Status': rds.FailoverStatus,
  'GlobalClusterMember.SynchronizationStatus': rds.GlobalClusterMemberSynchronizationStatus,
  'EndpointDescription.HealthState': accelerator.HealthState,
  'Accelerator.Status': accelerator.AcceleratorStatus,
  'Nodegroup.status': eks.NodegroupStatus,
  'Update.status': eks.UpdateStatus,
};

type Operation = [kind: 9, namespace: string, name: string, traits: unknown, input: () => never, output: () => never];
export type Service = 'rds' | 'globalaccelerator' | 'eks';
const models: Record<Service, Record<string, unknown>> = { rds, globalaccelerator: accelerator, eks };
const calls: Record<string, Service> = {
  DescribeGlobalClusters: 'rds',
  DescribeDBClusters: 'rds',
  FailoverGlobalCluster: 'rds',
  DescribeEndpointGroup: 'globalaccelerator',
  UpdateEndpointGroup: 'globalaccelerator',
  DescribeAccelerator: 'globalaccelerator',
  DescribeNodegroup: 'eks',
  UpdateNodegroupConfig: 'eks',
};
export const serviceOf = (call: string): Service | undefined => calls[call];

/** Of a call: the shape of its input or output. */
export function shapeOf(call: string, which: 'input' | 'output'): NormalizedSchema {
  const operation = models[calls[call] as Service]?.[`${call}$`] as Operation | undefined;
  if (!operation) throw new Error(`${call}: no such operation in the SDK`);
  return NormalizedSchema.of(operation[which === 'input' ? 4 : 5]());
}
/** The error of a service by its name. */
export function errorOf(service: Service, name: string): { status: number } | undefined {
  const schema = models[service][`${name}$`];
  return schema
    ? { status: (NormalizedSchema.of(schema as never).getMergedTraits() as { httpError?: number }).httpError ?? 400 }
    : undefined;
}

/** Everything in a value that its shape does not have. */
export function misfits(shape: NormalizedSchema, value: unknown, where = shape.getName() ?? ''): string[] {
  if (value === undefined) return [];
  if (shape.isStructSchema()) {
    if (typeof value !== 'object' || value === null) return [`${where}: given ${typeof value}, allowed a structure`];
    const members = new Map(shape.structIterator());
    const name = shape.getName()?.split('#').at(-1);
    return Object.entries(value).flatMap(([key, part]) => {
      const member = members.get(key);
      if (!member) return [`${where}: given ${key}, allowed ${[...members.keys()].join(', ')}`];
      const known = enums[`${name}.${key}`];
      if (known && !Object.values(known).includes(part as string))
        return [`${where}.${key}: given ${String(part)}, allowed ${Object.values(known).join(', ')}`];
      return misfits(member, part, `${where}.${key}`);
    });
  }
  if (shape.isListSchema()) {
    if (!Array.isArray(value)) return [`${where}: given ${typeof value}, allowed a list`];
    return value.flatMap((part, index) => misfits(shape.getValueSchema(), part, `${where}[${index}]`));
  }
  const type = shape.isNumericSchema()
    ? 'number'
    : shape.isBooleanSchema()
      ? 'boolean'
      : shape.isStringSchema()
        ? 'string'
        : undefined;
  return type && typeof value !== type ? [`${where}: given ${typeof value}, allowed ${type}`] : [];
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** A value of a shape as XML, by the names that the model gives to elements. */
export function xml(shape: NormalizedSchema, value: unknown): string {
  if (shape.isStructSchema())
    return [...shape.structIterator()]
      .map(([key, member]) => {
        const part = (value as Record<string, unknown>)[key];
        return part === undefined ? '' : `<${key}>${xml(member, part)}</${key}>`;
      })
      .join('');
  if (shape.isListSchema()) {
    const item = shape.getValueSchema();
    const name = (item.getMergedTraits() as { xmlName?: string }).xmlName ?? 'member';
    return (value as unknown[]).map((part) => `<${name}>${xml(item, part)}</${name}>`).join('');
  }
  return escaped(String(value));
}
