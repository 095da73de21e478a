import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { $, writeFile } from '../machine/process.ts';
import type { Region } from '../topology.ts';

const days = '3650';

/** Creates the keys of a region's Kubernetes in `folder`, readable by root only; every new cluster has new ones. */
export async function makeKeys(region: Region, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const inFolder = $({ cwd: folder });
  const key = (name: string) => inFolder`openssl ecparam -name prime256v1 -genkey -noout -out ${name}.key`;
  const authority = async (name: string) => {
    await key(name);
    await inFolder`openssl req -x509 -new -key ${name}.key -out ${name}.crt -days ${days} -subj /CN=${name}`;
  };
  const certificate = async (name: string, subject: string, by = 'ca', names = `DNS:${name}`) => {
    await key(name);
    writeFile(join(folder, `${name}.ext`), `subjectAltName=${names}\nextendedKeyUsage=serverAuth,clientAuth\n`);
    await inFolder`openssl req -new -key ${name}.key -out ${name}.csr -subj ${subject}`;
    // A serial per certificate: a shared serial file would race, because certificates are created in parallel.
    const serial = `0x${randomBytes(16).toString('hex')}`;
    await inFolder`openssl x509 -req -in ${name}.csr -CA ${by}.crt -CAkey ${by}.key -set_serial ${serial} -days ${days}
      -extfile ${name}.ext -out ${name}.crt`;
  };
  // The API server signs service account tokens with RSA or ECDSA.
  await Promise.all([authority('ca'), authority('front'), key('sa')]);
  await inFolder`openssl ec -in sa.key -pubout -out sa.pub`;
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
