/** The program as it runs in its container: its own process, environment, signals, output. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { startSlack } from '../local/outside/slack/server.ts';
import { type Given, PIPELINE_RUNS_PATH, startApiServer } from './testing/api-server.ts';
import { runs } from './testing/objects.ts';

test('notifies, ends cleanly on SIGTERM, logs JSON lines without the address', async () => {
  const api = await startApiServer();
  const standIn = await startSlack({ port: 0, log: () => {} });
  const folder = mkdtempSync(join(tmpdir(), 'notifier-'));
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, api.config.exportConfig());
  const program = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env: {
      SLACK_WEBHOOK_URL: standIn.webhookUrl,
      WATCH: 'applications,pipelineruns',
      LINK_FORGE: 'http://localhost:3000/tickets',
      LINK_ARGOCD: 'http://argocd.localhost',
      KUBECONFIG: kubeconfig,
      HEALTH_PORT: '0',
    },
  });
  let output = '';
  let errors = '';
  program.stdout.on('data', (data) => {
    output += data;
  });
  program.stderr.on('data', (data) => {
    errors += data;
  });
  const ended = new Promise<number | null>((resolve) => program.once('exit', resolve));
  try {
    api.put(PIPELINE_RUNS_PATH, runs.released('released', { end: new Date().toISOString() }) as unknown as Given);
    for (let tries = 0; !output.includes('"notified"') && tries < 1000; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(standIn.messages).toHaveLength(1);
    program.kill('SIGTERM');
    expect(await ended).toBe(0);
    const lines = output.trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual([
      'notifier started',
      'notified',
      'stopping',
      'notifier stopped',
    ]);
    expect(output + errors).not.toContain('stand-in-no-secret');
    expect(errors).toBe('');
  } finally {
    program.kill('SIGKILL');
    await Promise.all([api.stop(), standIn.stop()]);
    rmSync(folder, { recursive: true });
  }
}, 20_000);
