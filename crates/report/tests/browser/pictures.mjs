/* Pictures for the book: PAGES is the folder with the pages, PICTURES that for the pictures. */
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const { PAGES, PICTURES, CHROMIUM } = process.env;
const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
const browser = await chromium.launch({ executablePath: CHROMIUM, args });

/* Opens a page, lets `prepare` bring something into view, and takes the element that it gives, or the window. */
async function take(name, file, colorScheme, prepare, height = 760) {
  const context = await browser.newContext({ viewport: { width: 1360, height }, colorScheme });
  const page = await context.newPage();
  await page.goto(pathToFileURL(`${PAGES}/${file}.html`).href);
  const element = await prepare(page);
  await (element ?? page).screenshot({ path: `${PICTURES}/${name}.png` });
  await context.close();
}

await take('summary', 'cluster', 'light', () => null, 1150);
await take('incident-dark', 'cluster', 'dark', async (page) => {
  const incident = page.locator('#incident-2');
  await incident.evaluate((one) => { one.open = true; });
  await incident.locator('figure.timeline svg').first().waitFor();
  await incident.evaluate((one) => one.scrollIntoView());
});
await take('finding', 'small', 'light', async (page) => {
  const finding = page.locator('#finding-1');
  await finding.locator('summary').click();
  await finding.locator('h3').first().waitFor();
  await finding.getByText('the record').first().click();
  return finding;
});
await take('guests-dark', 'cluster', 'dark', async (page) => {
  await page.locator('#guests').evaluate((one) => one.scrollIntoView());
});
await browser.close();
