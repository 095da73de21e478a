import { type Instruction, readDockerfile } from '../../lib/dockerfile.ts';
import { basesOf } from './bases.ts';
import { builtOtherwise } from './otherwise.ts';

type Judged = { instructions: Instruction[]; bases: string[]; faults: string[] };

/** The instructions and base images of a Dockerfile, and every reason not to build it. `given` are build arguments of Kaniko. */
export function judgeDockerfile(bytes: Uint8Array, given: readonly string[]): Judged {
  const { instructions, faults: unread } = readDockerfile(bytes);
  const { bases, faults } = basesOf(instructions, given);
  // What cannot be read says nothing on bases.
  if (unread.length > 0) return { instructions, bases: [], faults: named(unread) };
  return { instructions, bases, faults: named([...faults, ...builtOtherwise(instructions)]) };
}

const named = (faults: string[]) => [...new Set(faults)].map((fault) => `Dockerfile: ${fault}`);
