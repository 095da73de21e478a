/**
 * Packages with an advisory that every database of Trivy has had for years: before a scan counts, the database has to find each of them.
 * One that is empty, cut off or somebody else's would find nothing in any image, too. For the distributions of the base images that run
 * (overlays/images.ts) and the languages of the stacks; the embedded platform's database has them in engines/scanner/database.
 */
type Control = { advisory: string; name: string; version: string; purl: string };

/** By distribution. What belongs to a language stands with the first. */
export const controls: Record<string, Control[]> = {
  'debian 12': [
    {
      advisory: 'CVE-2023-5363',
      name: 'openssl',
      version: '3.0.9-1',
      purl: 'pkg:deb/debian/openssl@3.0.9-1?distro=debian-12',
    },
    {
      advisory: 'CVE-2022-32149',
      name: 'golang.org/x/text',
      version: 'v0.3.7',
      purl: 'pkg:golang/golang.org/x/text@v0.3.7',
    },
    {
      advisory: 'CVE-2021-44228',
      name: 'org.apache.logging.log4j:log4j-core',
      version: '2.14.1',
      purl: 'pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1',
    },
    { advisory: 'CVE-2020-14343', name: 'pyyaml', version: '5.3.1', purl: 'pkg:pypi/pyyaml@5.3.1' },
  ],
  'ubuntu 24.04': [
    {
      advisory: 'CVE-2024-6387',
      name: 'openssh',
      version: '1:9.6p1-3ubuntu13',
      purl: 'pkg:deb/ubuntu/openssh@9.6p1-3ubuntu13?distro=ubuntu-24.04&epoch=1',
    },
  ],
};

/** Where the bill of materials of a distribution's controls is, and the report on it. */
export const controlFiles = (folder: string, distribution: string) => {
  const path = `${folder}/control-${distribution.replace(' ', '-')}`;
  return { bom: `${path}.json`, report: `${path}.report` };
};

/** The controls of a distribution as a bill of materials (CycloneDX), which Trivy scans without an image. */
export function bomOf(distribution: string, packages: readonly Control[]): string {
  const [name, version] = distribution.split(' ');
  return JSON.stringify({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    components: [
      { 'bom-ref': 'os', type: 'operating-system', name, version },
      ...packages.map(({ name, version, purl }) => ({ 'bom-ref': purl, type: 'library', name, version, purl })),
    ],
  });
}

/** Why the report on the controls of a distribution shows no usable database; undefined if all were found. */
export function silence(distribution: string, packages: readonly Control[], report: string): string | undefined {
  // biome-ignore lint/suspicious/noExplicitAny: parsed JSON; every field is checked where it is read
  const results: any[] = JSON.parse(report)?.Results ?? [];
  const found = new Set(
    results.flatMap(({ Vulnerabilities = [] }) =>
      Vulnerabilities.map((one: Record<string, unknown>) => `${one.VulnerabilityID} ${one.PkgName}`.toLowerCase()),
    ),
  );
  const missing = packages.find(({ advisory, name }) => !found.has(`${advisory} ${name}`.toLowerCase()));
  return (
    missing &&
    `the database does not find ${missing.advisory} in ${missing.name} ${missing.version} (${distribution}), planted for it to find: it is not whole, or not Trivy's`
  );
}
