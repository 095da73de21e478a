import type { ForgeHead } from '../../lib/release/forge.ts';
import { robot } from '../../lib/release/releases.ts';

/** Shared by the triggers and redeliver-pushes, in a file of its own so that the program need not bundle cdk8s. */

/** The name of a push's PipelineRun, by the first 12 digits of the commit. A second delivery conflicts with the first by it. */
export const runOfPush = (service: string, digits: string): string => `${service}-main-${digits}`;

/**
 * UTF-16 units of the message and of the name of its author. The triggers read the first 200 and 100 characters; whoever pushes may write megabytes,
 * and the EventListener takes this delivery past the limits of its ingress.
 */
const longest = 2000;

/** A push event of the main branch, with the fields that the triggers read. `lost`: whether its webhook started no run, which its run then says. */
export const pushOf = (owner: string, service: string, { sha, message, author }: ForgeHead, lost: boolean) => ({
  ref: 'refs/heads/main',
  after: sha,
  repository: { full_name: `${owner}/${service}` },
  // Who pushed is unknown by now. It must not be the robot, whose pushes the triggers ignore.
  sender: { login: 'redeliver-pushes' },
  head_commit: { message: message.slice(0, longest), author: { name: author.slice(0, longest) } },
  redelivered: lost,
});

/** Whether the robot pushed it: releases start no run. */
export const isRobots = ({ author }: ForgeHead): boolean => author === robot.name;
