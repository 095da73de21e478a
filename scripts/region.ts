import { UserError } from '../lib/errors.ts';
import { command, usageError } from '../local/command.ts';
import { alone } from '../local/machine/lock.ts';
import { setLink } from '../local/machine/network.ts';
import { regionIsUp } from '../local/region/region.ts';
import { refuseOther } from '../local/status/checkout.ts';
import { rejoin } from '../local/stores/take-over.ts';
import { regions } from '../local/topology.ts';

const names = regions.map(({ name }) => name);

await command(
  `
scripts/region ${names.join('|')} off|on: cuts a region of the embedded platform off the network, or joins it again

Off, it reaches neither the other region nor the forge nor this machine, and they do not reach it. What runs in it keeps running.
If the other one took over prod meanwhile (scripts/drill), a region that is joined again runs no pod of prod, and its stores follow the other.

exit status: 0 done, 1 the platform is down, 2 wrong arguments
`,
  [...names, 'on', 'off'],
  async (given) => {
    const asked = regions.filter(({ name }) => given.has(name));
    const [region] = asked;
    if (!region || asked.length > 1 || given.has('on') === given.has('off'))
      throw usageError(given, 'one region, and on or off');
    const state = given.has('on') ? 'on' : 'off';
    await alone(async () => {
      refuseOther();
      if (!regionIsUp(region)) throw new UserError('the embedded platform is down: start it with scripts/up');
      await (state === 'on' ? rejoin(region) : setLink(region, state));
    });
    console.log(state === 'on' ? `${region.name} is joined` : `${region.name} is cut off`);
  },
);
