/** The user of distroless images. A number, because the kubelet cannot check a name for `runAsNonRoot`. */
const user = 65532;
export const nonRoot = { runAsNonRoot: true, runAsUser: user, runAsGroup: user };
const seccomp = { seccompProfile: { type: 'RuntimeDefault' } };

/** What every pod gets, whatever its level. A pod that calls the API server sets the first to true after it. */
export const podDefaults = { automountServiceAccountToken: false, enableServiceLinks: false };

/** Pods at the level `restricted` of the Pod Security Standards. */
export const restrictedPod = { ...nonRoot, ...seccomp };
export const restrictedPodWithVolumes = { ...nonRoot, fsGroup: user, ...seccomp };
/** Pods of Tasks with a step that runs as root. */
export const taskPod = { fsGroup: user, ...seccomp };

export const restrictedContainer = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** Steps set the user too: another step of the pod may be root. */
export const restrictedStep = { ...restrictedContainer, ...seccomp, ...nonRoot };
export const rootStep = (capabilities: string[]) => ({
  allowPrivilegeEscalation: false,
  ...seccomp,
  runAsUser: 0,
  readOnlyRootFilesystem: false,
  capabilities: { drop: ['ALL'], ...(capabilities.length > 0 ? { add: capabilities } : {}) },
});
