/** The user of distroless images. A number, because the kubelet cannot judge a name. */
const user = 65532;
export const nonRoot = { runAsNonRoot: true, runAsUser: user, runAsGroup: user };
const seccomp = { seccompProfile: { type: 'RuntimeDefault' } };

/** Pods as the level `restricted` of the Pod Security Standards asks. */
export const restrictedPod = { ...nonRoot, ...seccomp };
export const restrictedPodWithVolumes = { ...nonRoot, fsGroup: user, ...seccomp };
/** Pods of Tasks some of whose steps are root, with a reason. */
export const taskPod = { fsGroup: user, ...seccomp };

export const restrictedContainer = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** A step sets its own user too: the pod's may be root for another step's sake. */
export const restrictedStep = { ...restrictedContainer, ...seccomp, ...nonRoot };
export const rootStep = (capabilities: string[]) => ({
  allowPrivilegeEscalation: false,
  ...seccomp,
  runAsUser: 0,
  readOnlyRootFilesystem: false,
  capabilities: { drop: ['ALL'], ...(capabilities.length > 0 ? { add: capabilities } : {}) },
});
