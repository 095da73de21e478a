import type { Component } from '../app.ts';
import { argocd } from './argocd.ts';
import { ci } from './ci.ts';
import { cluster } from './cluster.ts';
import { notifier } from './notifier.ts';

/** Every component of the platform: a new one is a file and a line here. Argo CD comes last, because its project allows what the others are. */
export const platform: Component[] = [cluster, ci, notifier, argocd];
