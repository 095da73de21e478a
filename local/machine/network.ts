import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../lib/errors.ts';
import { linkLocal } from '../../lib/kube/link-local.ts';
import { phase } from '../phases.ts';
import { fileSystem, rootfsFolder } from '../sandbox/rootfs.ts';
import { entrance, host, ports, type Region, regions, sonarqube, state } from '../topology.ts';
import { $, run, writeFile } from './process.ts';

const forwarding = '/proc/sys/net/ipv4/ip_forward';
const remembered = join(state, 'ip_forward.before');
/** The file system whose `nft` made the table: `down` may run from another checkout, or after the machine's certificates changed. */
const tools = join(state, 'nft.rootfs');
const bootId = () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
/** Whatever has a network namespace of its own. */
const places = [...regions, sonarqube, entrance];
export const namespace = (place: { name: string }) => `gitops-${place.name}`;

/** Ports of this machine that the regions may reach. */
const open = [ports.forge.port, ports.slack.port];

const succeeds = (running: Promise<unknown>) =>
  running.then(
    () => true,
    () => false,
  );
/** `nft` of a Debian file system: nothing is installed on the machine. */
const nft = (rootfs: string, args: string[], input = '') => run('chroot', [rootfs, 'nft', ...args], { input });

/**
 * Creates the bridge between the regions, and one nftables table for egress (builds download packages). Regions run the code of pushes, so
 * of this machine they reach only the forge, the Slack stand-in and a resolver, and no metadata service of a cloud. Idempotent.
 */
async function makeNetwork(): Promise<void> {
  if (!(await succeeds($`ip link show ${host.bridge}`))) await $`ip link add ${host.bridge} type bridge`;
  await $`ip addr replace ${host.bridgeAddress}/24 dev ${host.bridge}`;
  await $`ip link set ${host.bridge} up`;
  for (const place of places) {
    const ns = namespace(place);
    const link = `gp-${place.name}`;
    if (!existsSync(`/run/netns/${ns}`)) await $`ip netns add ${ns}`;
    // Each step by itself: an up that was interrupted may have left some of them undone.
    if (!(await succeeds($`ip link show ${link}`))) await $`ip link add ${link} type veth peer name eth0 netns ${ns}`;
    // This also joins a region that was cut off.
    await $`ip link set ${link} master ${host.bridge} up`;
    await $`ip -n ${ns} addr replace ${place.address}/24 dev eth0`;
    await $`ip -n ${ns} link set eth0 up`;
    await $`ip -n ${ns} link set lo up`;
    await $`ip -n ${ns} route replace default via ${host.bridgeAddress}`;
  }
  const before = readFileSync(forwarding, 'utf8').trim();
  if (before !== '1') {
    writeFile(remembered, `${before} ${bootId()}`);
    writeFileSync(forwarding, '1');
  }
  writeFile(tools, rootfsFolder('node'));
  // No masquerade to itself (lo): the Slack stand-in knows requests of this machine by their address.
  const table = `table ip ${host.nftTable}
delete table ip ${host.nftTable}
table ip ${host.nftTable} {
  chain out { type nat hook postrouting priority srcnat; ip saddr ${host.subnet} oifname != { "lo", "${host.bridge}" } masquerade; }
  chain through { type filter hook forward priority filter; iifname "${host.bridge}" ip daddr ${linkLocal} reject; oifname "${host.bridge}" iifname != "${host.bridge}" ct state new drop; }
  chain in {
    type filter hook input priority filter;
    iifname != { "lo", "${host.bridge}" } ip daddr ${host.subnet} drop
    iifname "${host.bridge}" ct state established,related accept
    iifname "${host.bridge}" tcp dport { ${open.join(', ')}, 53 } accept
    iifname "${host.bridge}" udp dport 53 accept
    iifname "${host.bridge}" reject
  }
}
`;
  await nft(rootfsFolder('node'), ['-f', '-'], table);
}

export const network = phase({ name: 'network', needs: { node: fileSystem.node }, run: makeNetwork });

/** Cuts a region off from the other region, the forge and this machine, or joins it again. Idempotent. */
export const setLink = (region: Region, state: 'on' | 'off') =>
  $`ip link set gp-${region.name} ${state === 'on' ? 'up' : 'down'}`;

export const isCut = async (region: Region): Promise<boolean> =>
  !/[<,]UP[,>]/.test(await $`ip -o link show gp-${region.name}`);

/** Removes everything that `makeNetwork` made; what is missing is no fault. */
export async function removeNetwork(): Promise<void> {
  for (const place of places) {
    await succeeds($`ip link del gp-${place.name}`);
    await succeeds($`ip netns del ${namespace(place)}`);
  }
  await succeeds($`ip link del ${host.bridge}`);
  const rootfs = existsSync(tools) ? readFileSync(tools, 'utf8') : '';
  if (existsSync(rootfs)) {
    if ((await nft(rootfs, ['list', 'tables'])).split('\n').includes(`table ip ${host.nftTable}`))
      await nft(rootfs, ['delete', 'table', 'ip', host.nftTable]);
  } else if (rootfs)
    throw new UserError(
      `the nftables table ${host.nftTable} may still exist, but ${rootfs}, which has the tool, is gone; remove it with: nft delete table ip ${host.nftTable}`,
    );
  rmSync(tools, { force: true });
  if (existsSync(remembered)) {
    const [before, boot] = readFileSync(remembered, 'utf8').split(' ');
    // After a reboot it is as its owner set it.
    if (boot === bootId()) writeFileSync(forwarding, `${Number(before)}`);
    rmSync(remembered);
  }
  // `ip netns` mounts this folder over itself and does not unmount it.
  if (existsSync('/run/netns') && readdirSync('/run/netns').length === 0 && (await succeeds($`umount /run/netns`)))
    rmdirSync('/run/netns');
}
