import type { ForgeHead } from '../../lib/release/forge.ts';
import { robot } from '../../lib/release/releases.ts';

/** What the triggers and redeliver-pushes both know of a push. Apart from the triggers, so that a program need not bundle cdk8s. */

/** The PipelineRun of a push, by the first 12 digits of its commit: a second delivery meets the first one's name. */
export const runOfPush = (service: string, digits: string): string => `${service}-main-${digits}`;

/** A push of the main branch as forges tell it, with no more than what the triggers read. */
export const pushOf = (owner: string, service: string, { sha, message, author }: ForgeHead) => ({
  ref: 'refs/heads/main',
  after: sha,
  repository: { full_name: `${owner}/${service}` },
  // Nobody of the forge: who pushed is not known any more, and it must not be the robot, whom the triggers pass over.
  sender: { login: 'redeliver-pushes' },
  head_commit: { message, author: { name: author } },
});

/** A head that starts no run: what the robot pushes are releases. */
export const isRobots = ({ author }: ForgeHead): boolean => author === robot.name;
