/**
 * What a failover changes in the regions of this machine: the ports of the state machine's functions call it. It may be killed anywhere, and then the
 * steps of a failback (failback-steps.ts) end what it began.
 */
import { type Group, type Groups, shares } from '../accelerator/accelerator.ts';
import type { rolesOf } from '../stores/roles.ts';
import type { Writer } from '../stores/writer.ts';
import type { Region, RegionName } from '../topology.ts';

export type FailoverEffects = {
  tokyo: Region;
  roles: Pick<ReturnType<typeof rolesOf>, 'takeOver' | 'writeItemsIn'>;
  /** Who writes, as far as Tokyo knows: nobody asks a region that may be lost. */
  known: () => Writer;
  fence: {
    /** Throws while nobody reaches Seoul, which is fenced when it comes back. */
    notify: (writer: Writer) => Promise<void>;
    /** Waits until it has ended the last pod of prod. */
    fenced: () => Promise<void>;
  };
  accelerator: { groups: () => Groups; turn: (groups: Groups) => Promise<void> };
};

export function failoverOf({ tokyo, roles, known, fence, accelerator }: FailoverEffects) {
  /** The epoch since which Tokyo writes. */
  const next = () => {
    const { region, epoch } = known();
    return region === tokyo.name ? epoch : epoch + 1;
  };
  return {
    async fence(): Promise<void> {
      await fence.notify({ region: tokyo.name, epoch: next() });
      await fence.fenced();
    },
    promote: (): Promise<void> => roles.takeOver(tokyo, next()),
    async turn(region: RegionName, group: Group): Promise<void> {
      const groups = { ...accelerator.groups(), [region]: group };
      // First: what customers write in Tokyo is copied to Seoul, also if this is killed in between.
      if (shares(groups).tokyo === 100) roles.writeItemsIn(tokyo);
      await accelerator.turn(groups);
    },
  };
}
