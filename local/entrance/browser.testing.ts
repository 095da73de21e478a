/** A person with a browser: Debian's Chromium, driven by Playwright. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { makeRootfs } from '../sandbox/rootfs.ts';

export type Booked = { seat: string; ticket: string };

/** Chromium in a file system of its own, so that nobody has to install one; its profile is in this machine's folder for temporary files. */
async function openBrowser(): Promise<{ browser: Browser; end: () => void }> {
  const rootfs = await makeRootfs('browser');
  const folder = mkdtempSync(join(tmpdir(), 'browser-'));
  const program = join(folder, 'chromium');
  const enter = 'mount -t proc proc "$0/proc"; mount --rbind /dev "$0/dev"; mount --bind /tmp "$0/tmp"';
  writeFileSync(
    program,
    `#!/bin/sh\nexec unshare --mount sh -ec '${enter}; exec chroot "$0" /usr/bin/chromium "$@"' '${rootfs}' "$@"\n`,
    { mode: 0o755 },
  );
  const end = () => rmSync(folder, { recursive: true });
  try {
    return { browser: await chromium.launch({ executablePath: program, args: ['--no-sandbox'] }), end };
  } catch (error) {
    end();
    throw error;
  }
}

/** Signs up at the site, books the first free seat of a show, and gives the ticket. The picture is of the site with it. */
export async function bookInBrowser(site: string, show: string, person: string, picture: string): Promise<Booked> {
  const { browser, end } = await openBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 900, height: 700 } });
    const wrong: string[] = [];
    page.on('console', (message) => {
      // A ticket is asked for until it is there.
      const isEarly = /\/tickets\?/.test(message.location().url) && /status of 404/.test(message.text());
      if (message.type() === 'error' && !isEarly) wrong.push(message.text());
    });
    page.on('pageerror', (error) => wrong.push(error.message));
    await page.goto(site);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByLabel('E-mail').fill(person);
    await page.getByLabel('Password').fill('a long password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    await page.getByRole('button', { name: show }).click();
    const seat = page.locator('.seats button:enabled').first();
    const name = (await seat.textContent()) ?? '';
    await seat.click();
    const status = page.getByRole('status');
    await page
      .locator('#ticket.fault')
      .or(status.filter({ hasText: /^Ticket / }))
      .waitFor({ timeout: 60_000 });
    const output = (await status.textContent()) ?? '';
    const [, ticket] = output.match(/^Ticket (\S+):/) ?? [];
    if (ticket === undefined) throw new Error(`browser: the site says: ${output}`);
    await page.locator(`.seats button:disabled`, { hasText: name }).first().waitFor();
    await page.screenshot({ path: picture, fullPage: true });
    if (wrong.length > 0) throw new Error(`browser: ${wrong.join('; ')}`);
    return { seat: name, ticket };
  } finally {
    await browser.close();
    end();
  }
}
