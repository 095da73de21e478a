import type { Component } from '../app.ts';
import { admission } from './admission.ts';
import { argocd } from './argocd.ts';
import { ci } from './ci.ts';
import { cluster } from './cluster.ts';
import { datadog } from './datadog.ts';
import { fence } from './fence.ts';
import { logging } from './logging.ts';
import { monitoring } from './monitoring.ts';
import { notifier } from './notifier.ts';
import { tekton } from './tekton.ts';

/** Every component of the platform. A new one is a file beside this and a line here. The last two are made of what the others render: policies and AppProjects. */
export const platform: Component[] = [
  ...[cluster, fence, ci, notifier, monitoring, datadog, logging, tekton],
  ...[admission, argocd],
];
