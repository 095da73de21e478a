/** The scope of each kind. cdk8s gives every object the namespace of its chart, so cluster-scoped kinds must be known. */

/** Every cluster-scoped kind of Kubernetes itself (1.35). */
const clusterScoped = new Set([
  'Namespace',
  'Node',
  'PersistentVolume',
  'ComponentStatus',
  'admissionregistration.k8s.io/MutatingAdmissionPolicy',
  'admissionregistration.k8s.io/MutatingAdmissionPolicyBinding',
  'admissionregistration.k8s.io/MutatingWebhookConfiguration',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding',
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration',
  'apiextensions.k8s.io/CustomResourceDefinition',
  'apiregistration.k8s.io/APIService',
  'authentication.k8s.io/SelfSubjectReview',
  'authentication.k8s.io/TokenReview',
  'authorization.k8s.io/SelfSubjectAccessReview',
  'authorization.k8s.io/SelfSubjectRulesReview',
  'authorization.k8s.io/SubjectAccessReview',
  'certificates.k8s.io/CertificateSigningRequest',
  'certificates.k8s.io/ClusterTrustBundle',
  'flowcontrol.apiserver.k8s.io/FlowSchema',
  'flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration',
  'networking.k8s.io/IPAddress',
  'networking.k8s.io/IngressClass',
  'networking.k8s.io/ServiceCIDR',
  'node.k8s.io/RuntimeClass',
  'rbac.authorization.k8s.io/ClusterRole',
  'rbac.authorization.k8s.io/ClusterRoleBinding',
  'resource.k8s.io/DeviceClass',
  'resource.k8s.io/ResourceSlice',
  'scheduling.k8s.io/PriorityClass',
  'storage.k8s.io/CSIDriver',
  'storage.k8s.io/CSINode',
  'storage.k8s.io/StorageClass',
  'storage.k8s.io/VolumeAttachment',
  'storage.k8s.io/VolumeAttributesClass',
]);
const builtIn =
  /^$|^(?:apps|autoscaling|batch|policy)$|^(?:admissionregistration|apiextensions|apiregistration|authentication|authorization|certificates|coordination|discovery|events|flowcontrol\.apiserver|networking|node|rbac\.authorization|resource|scheduling|storage)\.k8s\.io$/;

/** Scopes of custom kinds, from their CRDs. */
const custom: Record<string, 'Namespaced' | 'Cluster'> = {
  'argoproj.io/Application': 'Namespaced',
  'argoproj.io/AppProject': 'Namespaced',
  'datadoghq.com/DatadogAgent': 'Namespaced',
  'datadoghq.com/DatadogGenericResource': 'Namespaced',
  'external-secrets.io/ClusterSecretStore': 'Cluster',
  'external-secrets.io/ExternalSecret': 'Namespaced',
  'generators.external-secrets.io/ECRAuthorizationToken': 'Namespaced',
  'karpenter.k8s.aws/EC2NodeClass': 'Cluster',
  'karpenter.sh/NodePool': 'Cluster',
  'tekton.dev/Pipeline': 'Namespaced',
  'tekton.dev/Task': 'Namespaced',
  'traefik.io/Middleware': 'Namespaced',
  'triggers.tekton.dev/ClusterInterceptor': 'Cluster',
  'triggers.tekton.dev/EventListener': 'Namespaced',
  'triggers.tekton.dev/Trigger': 'Namespaced',
  'triggers.tekton.dev/TriggerBinding': 'Namespaced',
  'triggers.tekton.dev/TriggerTemplate': 'Namespaced',
};

export const groupOf = (apiVersion: string): string =>
  apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';

/** Undefined for a custom kind that is not in the table. */
export function scopeOf(apiVersion: string, kind: string): 'Namespaced' | 'Cluster' | undefined {
  const group = groupOf(apiVersion);
  const name = group ? `${group}/${kind}` : kind;
  if (!builtIn.test(group)) return custom[name];
  return clusterScoped.has(name) ? 'Cluster' : 'Namespaced';
}
