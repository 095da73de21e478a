import type { Chart } from 'cdk8s';
import type { NamespaceOptions } from '../charts/namespace.ts';
import type { Manifest } from '../lib/kube/render.ts';
import type { Overlay, Region, Site } from '../overlays/overlay.ts';
import type { Service } from './service.ts';

/** What apps are rendered for: one region of a site, and the environments in it. */
export type Target = {
  site: Site;
  region: Region;
  overlays: readonly Overlay[];
  services: readonly Service[];
  components: readonly Component[];
  /** The apps before this one in the list, and the objects of the platform's own. */
  before: { apps: App[]; platformObjects: Manifest[] };
};

/** Builds objects into a chart. */
export type Build = (chart: Chart, target: Target) => void;

/** What Argo CD brings to a cluster as one Application. */
export type App = {
  name: string;
  /** Of Argo CD: what it may bring where. */
  project: string;
  /** The folder that is applied. */
  folder: string;
  /** Folders outside of it that it reads. */
  reads?: string[];
  /** Of its objects; undefined if they have none, or name their own. */
  namespace: string | undefined;
  labels?: Record<string, string>;
  /** It and what it brought outlive its deletion and that of the Application above it. Otherwise what it brought goes with it. */
  retain: boolean;
  /** Lower comes first. Argo CD does not wait for an Application to be healthy, so what comes later retries until it fits. */
  wave: number;
  /** By the file that a person edits to change their objects. */
  charts: Record<string, Build>;
  /** One file for all objects. */
  together?: string;
  /** For Kustomize, where more than the objects is applied. */
  kustomization?: { components: string[]; images: { name: string; newName: string }[] };
};

/** A component of the platform: one of the apps in each region that it is on. */
export type Component = Pick<App, 'name' | 'namespace' | 'wave' | 'charts'> & {
  on: (region: Region) => boolean;
  /** Its namespace is made like this; undefined where it has none, or one that is there already. */
  makesNamespace?: NamespaceOptions;
  /** Below the region's; the name, if undefined. */
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
