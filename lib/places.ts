import { contains, overlap, parseCidr, privateRanges } from './cidr.ts';
import { type Fault, faultText } from './errors.ts';

/** Where a region is, and what of it has limits. */
export type Place = {
  name: string;
  account: string;
  region: string;
  /** Addresses of its network, and of the Services of its cluster. */
  network: string;
  services: string;
  /** Letters of availability zones. */
  zones: readonly string[];
  /** From where people reach its API server. */
  people: readonly string[];
  nodes: { min: number; desired: number; max: number };
};

/** Regions of AWS (partition aws) as of November 2026, without those that take no new customers. */
const regions = `
  af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2
  ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6
  ap-southeast-7 ca-central-1 ca-west-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2
  eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1 me-south-1 mx-central-1 sa-east-1 us-east-1
  us-east-2 us-west-1 us-west-2
`
  .trim()
  .split(/\s+/);

/** Limits of a VPC and of the Services of a cluster (Amazon VPC and EKS user guides). */
const networkPrefix = { least: 16, most: 20 };
const servicesPrefix = { least: 12, most: 24 };

/** Every fault of an account, an address range, a region or a size; `where` is the folder or file that has them. `others`: networks beside. */
export function placeFaults(
  places: readonly Place[],
  where: string,
  others: readonly { name: string; network: string }[] = [],
): string[] {
  const faults: Fault[] = [];
  const fault = (place: { name: string }, what: string, rest: Omit<Fault, 'what' | 'where'>) =>
    faults.push({ where: `${where}: ${place.name}`, what, ...rest });
  const ranges: { place: { name: string }; what: 'network' | 'services'; given: string }[] = [];
  for (const place of places) {
    const { account, region, network, services, zones, people, nodes } = place;
    if (!/^\d{12}$/.test(account))
      fault(place, 'account', { given: account, allowed: 'the 12 digits of an AWS account', cure: 'correct it' });
    if (!regions.includes(region))
      fault(place, 'region', { given: region, allowed: 'a region of AWS such as ap-northeast-2', cure: 'correct it' });
    for (const [what, given, { least, most }] of [
      ['network', network, networkPrefix],
      ['services', services, servicesPrefix],
    ] as const) {
      const range = parseCidr(given);
      const own = range && privateRanges.some((outer) => contains(parseCidr(outer) as typeof range, range));
      if (range && own && range.prefix >= least && range.prefix <= most) ranges.push({ place, what, given });
      else
        fault(place, what, {
          given,
          allowed: `private addresses from /${least} to /${most}, such as 10.10.0.0/16, that begin with the first of the range`,
          cure: 'correct it',
        });
    }
    if (zones.length < 2 || new Set(zones).size < zones.length || zones.some((zone) => !/^[a-f]$/.test(zone)))
      fault(place, 'zones', { given: zones.join(','), allowed: 'two or more letters of zones', cure: 'correct them' });
    for (const given of people)
      if (!parseCidr(given) || (parseCidr(given)?.prefix ?? 0) < 8)
        fault(place, 'people', {
          given,
          allowed: 'addresses from /8 to /32',
          cure: 'name the networks of the company',
        });
    const { min, desired, max } = nodes;
    if (![min, desired, max].every(Number.isInteger) || min < 1 || min > desired || desired > max)
      fault(place, 'nodes', {
        given: `min ${min}, desired ${desired}, max ${max}`,
        allowed: '1 <= min <= desired <= max',
        cure: 'correct them',
      });
  }
  for (const place of others) {
    if (parseCidr(place.network)) ranges.push({ place, what: 'network', given: place.network });
    else fault(place, 'network', { given: place.network, allowed: 'a range such as 10.30.0.0/20', cure: 'correct it' });
  }
  ranges.forEach(({ place, what, given }, index) => {
    for (const other of ranges.slice(0, index))
      if (overlap(parseCidr(given) as never, parseCidr(other.given) as never))
        fault(place, what, {
          given,
          allowed: `addresses that ${other.place.name} ${other.what} (${other.given}) does not have`,
          cure: 'the regions are peered: give each its own',
        });
  });
  places.forEach((place, index) => {
    if (places.findIndex(({ region }) => region === place.region) < index)
      fault(place, 'region', { given: place.region, allowed: 'a region that no other place has', cure: 'correct it' });
  });
  return faults.map(faultText);
}
