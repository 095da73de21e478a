import { expect, test } from '@jest/globals';
import {
  podDefaults,
  restrictedContainer,
  restrictedPod,
  restrictedPodWithVolumes,
  restrictedStep,
  rootStep,
  taskPod,
} from './pod-security.ts';

/** What the Pod Security Standards ask for at the level `restricted`, field by field, and a root file system that cannot be written. */
const restricted = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  runAsUser: 65532,
  runAsGroup: 65532,
  seccompProfile: { type: 'RuntimeDefault' },
};

test('a pod and its container together, and a step by itself, are at the level restricted', () => {
  expect({ ...restrictedPod, ...restrictedContainer }).toEqual(restricted);
  expect({ ...restrictedPodWithVolumes, ...restrictedContainer }).toEqual({ ...restricted, fsGroup: 65532 });
  expect(restrictedStep).toEqual(restricted);
});

test('no pod has a token, or the addresses of the Services beside it in its environment', () => {
  expect(podDefaults).toEqual({ automountServiceAccountToken: false, enableServiceLinks: false });
});

test('a step that is root has the capabilities that it names, and escalates nothing', () => {
  const root = {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: false,
    runAsUser: 0,
    seccompProfile: { type: 'RuntimeDefault' },
  };
  expect(rootStep([])).toEqual({ ...root, capabilities: { drop: ['ALL'] } });
  expect(rootStep(['CHOWN'])).toEqual({ ...root, capabilities: { drop: ['ALL'], add: ['CHOWN'] } });
  expect(taskPod).toEqual({ fsGroup: 65532, seccompProfile: { type: 'RuntimeDefault' } });
});
