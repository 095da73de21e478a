import {
  DashboardBuilder,
  type Dashboard as GrafanaDashboard,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { type Dashboard, type Panel, panelsOf } from './panels.ts';
import type { SiteName } from './rules.ts';
import { subjects, type Unit } from './signal.ts';

/** Grafana's names of our units. */
const units: Record<Unit, string> = {
  ratio: 'percentunit',
  seconds: 's',
  'bytes per second': 'Bps',
  'per second': 'cps',
  count: 'short',
  days: 'd',
};
export const datasource = { type: 'prometheus', uid: 'prometheus' };

function graph({ title, unit, query, limit }: Panel): PanelBuilder {
  const panel = new PanelBuilder()
    .title(title)
    .unit(units[unit])
    .datasource(datasource)
    .span(12)
    .height(8)
    .withTarget(new DataqueryBuilder().expr(query).refId('A'));
  // `null` is minus infinity: the ground colour.
  const steps = [
    { value: null, color: 'green' } as const,
    ...(limit === undefined ? [] : [{ value: limit, color: 'red' }]),
  ];
  return panel.thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps));
}

/** A page of Grafana: a row for each subject. */
export function grafanaDashboard({ name, title, subjects: rows }: Dashboard, site: SiteName): GrafanaDashboard {
  const page = new DashboardBuilder(title)
    .uid(name)
    .tags(['tickets'])
    .refresh('1m')
    .time({ from: 'now-6h', to: 'now' });
  page.readonly();
  for (const subject of rows) {
    page.withRow(new RowBuilder(subjects[subject]));
    for (const panel of panelsOf(subject, site)) page.withPanel(graph(panel));
  }
  return page.build();
}
