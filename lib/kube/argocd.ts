import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';

/** Argo CD's kinds, with the fields in use here (version 3.6.1). */
export type ApplicationSpec = {
  project: string;
  source: { repoURL: string; targetRevision: string; path: string };
  destination: { server: string; namespace: string };
  syncPolicy: {
    automated: { prune: boolean; selfHeal: boolean; allowEmpty: boolean };
    /** `refresh`: a retry syncs the newest commit, not the one that failed. */
    retry: { limit: number; refresh: boolean; backoff: { duration: string; factor: number; maxDuration: string } };
    syncOptions: string[];
  };
  revisionHistoryLimit: number;
};

export type GroupKind = { group: string; kind: string };
export type AppProjectSpec = {
  description: string;
  sourceRepos: string[];
  destinations: { server: string; namespace: string }[];
  clusterResourceWhitelist: (GroupKind & { name?: string })[];
  namespaceResourceWhitelist: GroupKind[];
};

type Metadata = {
  name: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
};
const make =
  <Spec>(kind: string) =>
  (scope: Construct, metadata: Metadata, spec: Spec): ApiObject =>
    new ApiObject(scope, `${kind}-${metadata.name}`.toLowerCase(), {
      apiVersion: 'argoproj.io/v1alpha1',
      kind,
      metadata,
      spec,
    });

export const application = make<ApplicationSpec>('Application');
export const appProject = make<AppProjectSpec>('AppProject');

/** Annotation: Argo CD applies lower waves first, and goes on when what it applied is healthy. Without it an object is of wave 0. */
export const inWave = (wave: number) => ({ 'argocd.argoproj.io/sync-wave': `${wave}` });
/** Annotations: Argo CD runs a Job in its wave of each sync, and goes on when it succeeded. The Job of the last sync stays until then. */
export const runAtSync = {
  'argocd.argoproj.io/hook': 'Sync',
  'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation',
};

/** Finalizer: deleting the Application deletes its resources first, dependents before owners. Without it they stay. */
export const cascade = 'resources-finalizer.argocd.argoproj.io/foreground';
/** Annotations: Argo CD keeps the object when it leaves git, or when its Application is deleted. */
export const survive = { 'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false' };
