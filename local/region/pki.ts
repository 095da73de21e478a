import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { run, writeFile } from '../machine/process.ts';
import type { Region } from '../topology.ts';

const days = '3650';

/** The keys of one region's Kubernetes: a new set for every new cluster, in `folder` (readable by root only). */
export async function makeKeys(region: Region, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const at = (file: string) => join(folder, file);
  const openssl = (...args: string[]) => run('openssl', args);
  const key = (name: string) =>
    openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', at(`${name}.key`));
  const authority = async (name: string) => {
    await key(name);
    await openssl(
      'req',
      '-x509',
      '-new',
      '-key',
      at(`${name}.key`),
      '-out',
      at(`${name}.crt`),
      '-days',
      days,
      '-subj',
      `/CN=${name}`,
    );
  };
  const certificate = async (name: string, subject: string, by = 'ca', names = `DNS:${name}`) => {
    await key(name);
    writeFile(at(`${name}.ext`), `subjectAltName=${names}\nextendedKeyUsage=serverAuth,clientAuth\n`);
    await openssl('req', '-new', '-key', at(`${name}.key`), '-out', at(`${name}.csr`), '-subj', subject);
    // A serial of its own: a shared serial file would be a race between the certificates made at once.
    const serial = `0x${randomBytes(16).toString('hex')}`;
    await openssl(
      ...[
        'x509',
        '-req',
        '-in',
        at(`${name}.csr`),
        '-CA',
        at(`${by}.crt`),
        '-CAkey',
        at(`${by}.key`),
        '-set_serial',
        serial,
      ],
      ...['-days', days, '-extfile', at(`${name}.ext`), '-out', at(`${name}.crt`)],
    );
  };
  // Service account tokens are signed with RSA or ECDSA; the API server takes either.
  await Promise.all([authority('ca'), authority('front'), key('sa')]);
  await openssl('ec', '-in', at('sa.key'), '-pubout', '-out', at('sa.pub'));
  const service = region.serviceSubnet.replace(/0\/\d+$/, '1');
  await Promise.all([
    certificate(
      'apiserver',
      '/CN=kube-apiserver',
      'ca',
      `DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:localhost,IP:127.0.0.1,IP:${service},IP:${region.address}`,
    ),
    certificate('admin', '/O=system:masters/CN=admin'),
    certificate('controller-manager', '/CN=system:kube-controller-manager'),
    certificate('scheduler', '/CN=system:kube-scheduler'),
    certificate('proxy', '/CN=system:kube-proxy'),
    certificate(
      'kubelet',
      `/O=system:nodes/CN=system:node:${region.name}`,
      'ca',
      `DNS:${region.name},IP:${region.address}`,
    ),
    certificate('proxy-client', '/CN=front', 'front'),
  ]);
}
