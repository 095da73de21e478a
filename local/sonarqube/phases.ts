import { images } from '../images/phases.ts';
import { synced } from '../install/applications.ts';
import { network } from '../machine/network.ts';
import { phase } from '../phases.ts';
import { fileSystem } from '../sandbox/rootfs.ts';
import { applySecrets, clusterSecrets, secretsWith, sonarValues } from '../seed/cluster-secrets.ts';
import { secrets } from '../seed/secrets.ts';
import { seoul } from '../topology.ts';
import { configureSonarqube, sonarqubeIsUp, startSonarqube, stopSonarqube } from './sonarqube.ts';

export const sonarqube = phase({
  name: 'sonarqube',
  // Its archive is unpacked for the scanner's image.
  needs: { network, java: fileSystem.java, scanner: images.seoul.sonar },
  isDone: sonarqubeIsUp,
  run: startSonarqube,
});

export const qualityGate = phase({
  name: 'quality gate',
  needs: { sonarqube, secrets: clusterSecrets.seoul },
  run: async () => applySecrets(seoul, secretsWith(sonarValues(await configureSonarqube(secrets().sonarPassword)))),
});

/** Instead of both; not before the pipeline is without the gate. */
export const noQualityGate = phase({
  name: 'without sonarqube',
  needs: { synced: synced.seoul },
  run: stopSonarqube,
});
