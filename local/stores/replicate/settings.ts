/** Of the program `replicate`, which imports nothing from outside of its folder: its sandbox has no more. */
export type Settings = {
  /** The region that it runs in. */
  here: string;
  sides: Record<string, Side>;
  /** DynamoDBs of replicated data → their tables. */
  tables: Record<string, string[]>;
  /** Buckets of replicated data. */
  buckets: string[];
  /** The account that may read and write all buckets. */
  s3: { user: string; password: string };
  /** The account that writes and reads the heartbeat. */
  probe: { user: string; password: string };
  /** The file with the region that writes, and the epoch. */
  writerFile: string;
  /** Folder of the DynamoDBs' files in this region. */
  dynamodbFolder: string;
  /** Where checkpoints and the lag are written. */
  folder: string;
};

/** How the stores of a region are reached. */
export type Side = {
  awsRegion: string;
  /** URLs. */
  dynamodb: Record<string, string>;
  s3: string;
  postgres: { host: string; port: number };
};

/** Of PostgreSQL, and of DynamoDB and S3 where that is another one. */
export type Writer = { region: string; epoch: number; items?: string };

/** Written each second, for scripts/status. */
export type Lag = {
  /** Milliseconds as of `Date.now()`. */
  at: number;
  writer: string;
  /** What is copied → by how many seconds the copy is behind, at most; null until it is known. */
  behind: Record<string, number | null>;
};

/** Names say that the first two stand in for what AWS does. */
export const lagNames = {
  dynamodb: 'dynamodb (stand-in for global tables)',
  s3: 's3 (stand-in for replication)',
  postgres: 'postgresql',
};
