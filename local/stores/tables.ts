import type { Attribute, Key, Table } from './wanted.ts';

/** What DescribeTable and DescribeTimeToLive answer, as far as it is looked at. */
export type Described = {
  Table: {
    GlobalSecondaryIndexes?: { IndexName: string }[];
    StreamSpecification?: { StreamEnabled: boolean };
  };
  TimeToLiveDescription: { TimeToLiveStatus: string; AttributeName?: string };
};
type Call = [operation: string, input: object];

const attribute = (of: Attribute) => (typeof of === 'string' ? { name: of, type: 'S' } : of);
const attributes = (keys: readonly Key[]) => {
  const all = keys.flatMap(({ partition, sort }) => (sort ? [partition, sort] : [partition])).map(attribute);
  return [...new Map(all.map((one) => [one.name, one])).values()].map(({ name, type }) => ({
    AttributeName: name,
    AttributeType: type,
  }));
};
const schema = ({ partition, sort }: Key) => [
  { AttributeName: attribute(partition).name, KeyType: 'HASH' },
  ...(sort ? [{ AttributeName: attribute(sort).name, KeyType: 'RANGE' }] : []),
];
const index = ([name, key]: [string, Key]) => ({
  IndexName: name,
  KeySchema: schema(key),
  Projection: { ProjectionType: 'ALL' },
});
/** The calls that bring the expiry of a table from one attribute to another. DynamoDB wants the old one switched off first. */
const expiryCalls = (TableName: string, from: string | undefined, to: string | undefined): Call[] =>
  [
    { Enabled: false, AttributeName: from },
    { Enabled: true, AttributeName: to },
  ]
    .filter(({ AttributeName }) => from !== to && AttributeName !== undefined)
    .map((TimeToLiveSpecification) => ['UpdateTimeToLive', { TableName, TimeToLiveSpecification }]);

const stream = { StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' } };

/** The calls that make a table, or what it lacks, or change its expiry. Indexes are made one at a time, as DynamoDB wants it. `streamed`: its changes are copied to another region. */
export function tableCalls(
  { name, key, indexes, expires }: Table,
  found: Described | undefined,
  streamed: boolean,
): Call[] {
  const of = { TableName: name };
  const all = Object.entries(indexes);
  if (!found) {
    const made: Call = [
      'CreateTable',
      {
        ...of,
        KeySchema: schema(key),
        AttributeDefinitions: attributes([key, ...Object.values(indexes)]),
        BillingMode: 'PAY_PER_REQUEST',
        ...(all.length > 0 ? { GlobalSecondaryIndexes: all.map(index) } : {}),
        ...(streamed ? stream : {}),
      },
    ];
    return [made, ...expiryCalls(name, undefined, expires)];
  }
  const { GlobalSecondaryIndexes = [], StreamSpecification } = found.Table;
  const { TimeToLiveStatus, AttributeName } = found.TimeToLiveDescription;
  const missing = all.filter(([one]) => !GlobalSecondaryIndexes.some(({ IndexName }) => IndexName === one));
  return [
    ...missing.map(
      (one): Call => [
        'UpdateTable',
        {
          ...of,
          AttributeDefinitions: attributes([key, one[1]]),
          GlobalSecondaryIndexUpdates: [{ Create: index(one) }],
        },
      ],
    ),
    ...(streamed && !StreamSpecification?.StreamEnabled ? [['UpdateTable', { ...of, ...stream }] as Call] : []),
    ...expiryCalls(name, TimeToLiveStatus.startsWith('ENABL') ? AttributeName : undefined, expires),
  ];
}
