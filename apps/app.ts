import type { Chart } from 'cdk8s';
import type { NamespaceOptions } from '../charts/namespace.ts';
import type { Manifest } from '../lib/kube/render.ts';
import type { Overlay, Region, Site } from '../overlays/overlay.ts';
import type { Service } from './service.ts';

/** Where apps are rendered to: one region of a site, with its environments. */
export type Target = {
  site: Site;
  region: Region;
  overlays: readonly Overlay[];
  services: readonly Service[];
  components: readonly Component[];
  /**
   * main.ts adds to it while it renders. The last components are made of it: the policies of `admission`, and the Applications and AppProjects of
   * `argocd`.
   */
  renderedSoFar: { app: App; objects: Manifest[] }[];
};

/** Adds objects to a chart. */
export type Build = (chart: Chart, target: Target) => void;

/** One Argo CD Application and its objects. */
export type App = {
  name: string;
  /** Argo CD AppProject: which kinds it may create, and where. */
  project: string;
  /** The folder that Argo CD applies. */
  folder: string;
  /** Other folders that it reads. */
  reads?: string[];
  /** Namespace of its objects; undefined if they have none or name their own. */
  namespace: string | undefined;
  labels?: Record<string, string>;
  /**
   * True: deleting this Application leaves its objects, and deleting its parent leaves this Application. False: deleting either deletes
   * what is below it.
   */
  retain: boolean;
  /** Sync wave, lower first. Argo CD does not wait for an Application to be healthy, so a later one retries until its needs are there. */
  wave: number;
  /** Charts, by the file that a person edits to change their objects. */
  charts: Record<string, Build>;
  /** The one file for all objects; otherwise each has its own. */
  together?: string;
  /** For Kustomize: components and images besides the objects. */
  kustomization?: { components: string[]; images: { name: string; newName: string }[] };
};

/** A component of the platform: an app in each region that it is on. */
export type Component = Pick<App, 'name' | 'namespace' | 'wave' | 'charts'> & {
  on: (region: Region, site: Site) => boolean;
  /** How its namespace is created; undefined if it has none, or one that exists already. */
  makesNamespace?: NamespaceOptions;
  /** Below the folder of the region; defaults to the name. */
  folder?: string;
};

export const componentApp = (component: Component, region: Region): App => {
  const { name, folder = name, namespace, wave, charts } = component;
  return {
    name,
    project: 'platform',
    folder: `rendered/${region.name}/${folder}`,
    namespace,
    retain: true,
    wave,
    charts,
  };
};
