/** A person with a browser: Debian's Chromium, driven by Playwright. */
import { chromium } from 'playwright-core';

export type Booked = { seat: string; ticket: string };

/** Signs up at the site, books the first free seat of a show, and gives the ticket. The picture is of the site with it. */
export async function bookInBrowser(site: string, show: string, person: string, picture: string): Promise<Booked> {
  const browser = await chromium
    .launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
    .catch((error: Error) => {
      throw new Error(
        `browser: given no Chromium that starts, allowed Debian's; apt-get install chromium\n${error.message}`,
      );
    });
  try {
    const page = await browser.newPage({ viewport: { width: 900, height: 700 } });
    const wrong: string[] = [];
    page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
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
    const said = (await status.textContent()) ?? '';
    const [, ticket] = said.match(/^Ticket (\S+):/) ?? [];
    if (ticket === undefined) throw new Error(`browser: the site says: ${said}`);
    await page.locator(`.seats button:disabled`, { hasText: name }).first().waitFor();
    await page.screenshot({ path: picture });
    if (wrong.length > 0) throw new Error(`browser: ${wrong.join('; ')}`);
    return { seat: name, ticket };
  } finally {
    await browser.close();
  }
}
