import { pipeline, runName } from '../../lib/kube/tekton.ts';
import type { Site } from '../../overlays/overlay.ts';
import { cacheSave } from '../../tasks/cache-save/cache-save.ts';
import { dependencyBuild } from '../../tasks/dependency-build/dependency-build.ts';
import { gitClone } from '../../tasks/git-clone/git-clone.ts';
import { imagePush } from '../../tasks/image-push/image-push.ts';
import { imageReplicate } from '../../tasks/image-replicate/image-replicate.ts';
import { kanikoBuild } from '../../tasks/kaniko-build/kaniko-build.ts';
import { release } from '../../tasks/release/release.ts';
import { sonarScan } from '../../tasks/sonar-scan/sonar-scan.ts';
import { trivyScan } from '../../tasks/trivy-scan/trivy-scan.ts';
import { unitTest } from '../../tasks/unit-test/unit-test.ts';

/** From a commit on the main branch to a release in the first environment. */
export const deliver = (
  site: Pick<Site, 'images' | 'registry' | 'forge' | 'signingKey' | 'scanDatabase' | 'sonarqube'>,
  registryHost: string,
) => {
  const { images, forge, signingKey, scanDatabase, sonarqube } = site;
  const registry = { ...site.registry, host: registryHost };
  return pipeline({
    name: 'deliver',
    description: 'Tests and builds one commit of a service, pushes and signs its image and releases it.',
    params: {
      environment: 'which environment gets the release',
      service: 'name of the service',
      repository: 'http(s) URL of its repository',
      commit: 'the commit, 40 hex digits',
      subject: "first line of the commit's message",
      author: "name of the commit's author",
      image: '<registry>/<repository> of the image, without tag',
      replica: 'the same in the replica registry',
      testImage: 'what the tests run in',
      lockFiles: { list: 'files of the service that alone decide its dependencies' },
      testCommand: { list: 'the tests: a command and its arguments' },
      reports: { list: 'what the tests leave for the analysis' },
      cachePaths: { list: 'folders of the test image and the layer cache that the tests can use' },
      analysis: { list: 'settings of the analysis, as -Dname=value' },
      bases: { list: 'build arguments that choose the base images' },
    },
    workspaces: { source: 'sources and image of this run' },
    flow: (params, workspaces, run) => {
      const { service, commit, image, bases } = params;
      const cloned = run(gitClone(images, registry), {
        params: { repository: params.repository, commit, image, lockFiles: params.lockFiles, bases },
        workspaces,
      });
      const { source } = cloned.workspaces;
      const reports = { ...source, folder: 'reports' };
      const layerCache = { ...source, folder: 'layers' };
      const tested = run(unitTest(images), {
        params: {
          image: params.testImage,
          command: params.testCommand,
          reports: params.reports,
          cachePaths: params.cachePaths,
        },
        workspaces: { source, layerCache, reports },
      });
      const judged = sonarqube
        ? [
            run(sonarScan(images, sonarqube.server), {
              params: { service, commit, settings: params.analysis },
              workspaces: { source, reports: tested.workspaces.reports, verdict: { ...source, folder: 'verdict' } },
            }),
          ]
        : [];
      const built = run(kanikoBuild(images, registry), {
        params: { commit, bases },
        workspaces: {
          buildContext: { ...source, folder: 'repository' },
          layerCache,
          builtImage: { ...source, folder: 'image' },
        },
      });
      const scanned = run(trivyScan(images, scanDatabase), {
        params: { digest: built.results.digest },
        workspaces: { source, bom: { ...source, folder: 'bom' }, verdict: { ...source, folder: 'findings' } },
      });
      // Nothing reaches the registry that has not passed every gate.
      const pushed = run(imagePush(images, registry, signingKey), {
        params: {
          image,
          digest: built.results.digest,
          ...{ service, repository: params.repository, commit, ref: cloned.results.ref },
          ...{ run: runName, bases: cloned.results.bases },
        },
        workspaces: { source, bom: scanned.workspaces.bom },
        runAfter: [tested, ...judged, scanned],
      });
      // Beside the release and no gate of it: the first region goes on while the other is late or gone.
      const replicated = run(imageReplicate(images, { copy: registry.copies, insecure: registry.insecure }), {
        params: { image, replica: params.replica, service, commit, digest: pushed.results.digest },
        workspaces: {},
      });
      const released = run(release(images, forge, registry), {
        params: {
          environment: params.environment,
          service,
          commit,
          subject: params.subject,
          author: params.author,
          run: runName,
          image,
          digest: pushed.results.digest,
        },
        workspaces: {},
      });
      // For later runs, and nothing of this one: it begins when the image is in the registry, and may fail.
      const miss = { result: cloned.results.cache, is: 'miss' };
      const made = run(dependencyBuild(images, registry), {
        params: { bases },
        workspaces: {
          buildContext: { ...source, folder: 'dependencies' },
          layers: { ...source, folder: 'new-layers' },
        },
        runAfter: [pushed],
        when: miss,
        onError: 'continue',
      });
      run(cacheSave(images, registry), {
        params: { image, cacheKey: cloned.results.cacheKey },
        workspaces: { layers: made.workspaces.layers },
        when: miss,
        onError: 'continue',
      });
      return {
        image: { description: 'the image, by digest', value: pushed.results.reference },
        ...Object.fromEntries(
          judged.map(({ results }) => [
            'quality',
            { description: 'what the quality gate said', value: results.summary },
          ]),
        ),
        scan: { description: 'what the scan of the image found', value: scanned.results.summary },
        replica: {
          description: 'confirmed or late: whether the replica registry has it',
          value: replicated.results.outcome,
        },
        outcome: { description: 'released, superseded or unchanged', value: released.results.outcome },
        releaseCommit: { description: 'the commit that has the release', value: released.results.releaseCommit },
      };
    },
  });
};
