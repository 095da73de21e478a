import type { Component } from '../app.ts';
import { argocd } from './argocd.ts';
import { ci } from './ci.ts';
import { cluster } from './cluster.ts';
import { notifier } from './notifier.ts';
import { tekton } from './tekton.ts';

/** Every component of the platform. A new one is a file beside this and a line here. Argo CD is last: its AppProject allows the kinds of the others. */
export const platform: Component[] = [cluster, ci, notifier, tekton, argocd];
