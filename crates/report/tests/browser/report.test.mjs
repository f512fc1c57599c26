/* The HTML report in Chromium: PAGES is the folder with the pages, CHROMIUM the browser. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { faintTexts, unnamed } from './checks.mjs';

const folder = process.env.PAGES;
const address = (name) => pathToFileURL(`${folder}/${name}`).href;
let browser;

before(async () => {
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args });
});
after(() => browser.close());

/* A page that may neither complain nor ask for anything. */
async function open(name, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1300, height: 900 }, ...options });
  const page = await context.newPage();
  const wrong = [];
  page.on('console', (message) => wrong.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => wrong.push(error.message));
  page.on('dialog', (dialog) => { wrong.push('a dialog'); dialog.dismiss(); });
  page.on('request', (request) => request.url().startsWith('http') && wrong.push(request.url()));
  await page.goto(address(name));
  return { page, close: async () => { await context.close(); assert.deepEqual(wrong, []); } };
}

for (const colorScheme of ['light', 'dark']) {
  for (const name of ['small', 'cluster', 'hostile']) {
    test(`${name} can be read in ${colorScheme}, and has names and roles`, async () => {
      const { page, close } = await open(`${name}.html`, { colorScheme });
      await page.locator('.finding summary').first().click();
      assert.deepEqual(await page.evaluate(faintTexts), []);
      assert.deepEqual(await page.evaluate(unnamed), []);
      await page.screenshot({ path: `${folder}/${name}-${colorScheme}.png` });
      await page.locator('#incidents').scrollIntoViewIfNeeded();
      await page.evaluate(() => document.getElementById('incidents').scrollIntoView());
      await page.screenshot({ path: `${folder}/${name}-${colorScheme}-incidents.png` });
      await close();
    });
  }
}

test('a narrow window does not scroll sideways, and paper has all of it', async () => {
  const { page, close } = await open('small.html', { viewport: { width: 400, height: 800 } });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await page.screenshot({ path: `${folder}/small-narrow.png`, fullPage: true });
  await page.pdf({ path: `${folder}/small.pdf` });
  await page.emulateMedia({ media: 'print' });
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  assert.equal(await page.locator('details:not([open])').count(), 0);
  assert.ok(await page.locator('figure.timeline svg').first().isVisible());
  const inks = await page.locator('.badge').evaluateAll((badges) => [...new Set(badges.map((badge) => {
    const { color, backgroundColor } = getComputedStyle(badge);
    return `${color} on ${backgroundColor}`;
  }))]);
  assert.deepEqual(inks, ['rgb(0, 0, 0) on rgba(0, 0, 0, 0)']);
  await close();
});

test('names are in one piece, long ones break nothing, and tables fit a usual window', async () => {
  for (const name of ['cluster', 'hostile']) {
    const { page, close } = await open(`${name}.html`, { viewport: { width: 400, height: 800 } });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} in a narrow window`);
    await close();
  }
  const { page, close } = await open('cluster.html', { viewport: { width: 1360, height: 900 } });
  const cell = page.locator('#guest-troubles td', { hasText: 'SQL-A006' });
  assert.ok(await cell.count() > 0);
  const broken = () => [...document.querySelectorAll('td .whole')].filter((one) => one.getClientRects().length > 1).length;
  assert.equal(await page.evaluate(broken), 0);
  const wide = () => [...document.querySelectorAll('.scroll')].filter((one) => one.scrollWidth > one.clientWidth + 1)
    .map((one) => one.closest('.table').id);
  assert.deepEqual(await page.evaluate(wide), []);
  await close();
});

test('without scripts it can be read', async () => {
  const { page, close } = await open('cluster.html', { javaScriptEnabled: false });
  for (const id of ['summary', 'incidents', 'guests', 'findings', 'coverage', 'sources']) {
    assert.ok(await page.locator(`#${id}-heading`).isVisible(), id);
  }
  assert.ok(await page.locator('#finding-1').isVisible());
  await page.screenshot({ path: `${folder}/cluster-no-script.png` });
  await close();
});

test('5,000 findings and 2,000 guests open in two seconds', async () => {
  const started = performance.now();
  const { page, close } = await open('large.html');
  await page.locator('.finding').first().waitFor();
  const took = performance.now() - started;
  const loaded = await page.evaluate(() => performance.getEntriesByType('navigation')[0].loadEventEnd);
  console.log(`large.html: ${Math.round(loaded)} ms, with a fresh window ${Math.round(took)} ms`);
  // 0.5 to 1.5 s on a busy machine; what is aimed at is 2 s, and what must not be is a page that hangs.
  assert.ok(loaded < 6000, `${loaded} ms`);
  assert.ok(await page.evaluate(() => document.querySelectorAll('*').length) < 12000, 'rows are made on demand');
  await close();
});

test('tables are filtered and sorted', async () => {
  const { page, close } = await open('large.html');
  const table = page.locator('#guest-services');
  const firstRow = table.locator('tbody tr').first();
  assert.equal(await table.locator('.status').textContent(), '2000 of 2000 rows');
  await table.getByLabel('Filter').fill('vm0007');
  assert.equal(await table.locator('.status').textContent(), '1 of 2000 rows');
  await table.getByLabel('Filter').fill('');
  await table.getByLabel('verdict').selectOption('incompatible');
  assert.equal(await table.locator('.status').textContent(), '1000 of 2000 rows');
  const seen = table.locator('th', { hasText: 'seen' });
  await seen.getByRole('button').click();
  assert.equal(await seen.getAttribute('aria-sort'), 'ascending');
  assert.match(await firstRow.textContent(), /VM0001/);
  await seen.getByRole('button').click();
  assert.equal(await seen.getAttribute('aria-sort'), 'descending');
  assert.match(await firstRow.textContent(), /VM1999/);
  await close();
});

test('findings are chosen, and a link brings one that is not in the page yet', async () => {
  const { page, close } = await open('large.html');
  const list = page.locator('#finding-list');
  await list.getByRole('combobox', { name: 'rule', exact: true }).selectOption('RULE-7');
  assert.equal(await list.locator('.status').textContent(), '125 of 5000 findings');
  await page.evaluate(() => { location.hash = '#finding-4321'; });
  const finding = page.locator('#finding-4321');
  await finding.getByText('What to do', { exact: true }).waitFor();
  assert.equal(await finding.evaluate((one) => one.open && one.contains(document.activeElement)), true);
  await finding.getByText('the record').first().click();
  assert.match(await finding.locator('ul.cites dl').first().textContent(), /event\.id1000VmNamevm-4320/);
  await close();
});

test('everything can be done with keys', async () => {
  const { page, close } = await open('small.html');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.equal(outline, 'solid');
  const fold = page.locator('#stops button.fold').first();
  await fold.focus();
  await page.keyboard.press('Enter');
  assert.equal(await fold.getAttribute('aria-expanded'), 'true');
  assert.match(await page.locator('#stops tr.below').textContent(), /STOP code and parameters/);
  await page.locator('#finding-1 summary').focus();
  await page.keyboard.press('Enter');
  await page.locator('#finding-1 h3').first().waitFor();
  const timeline = page.locator('figure.timeline').first();
  await timeline.locator('.moment[tabindex="0"]').focus();
  await page.keyboard.press('ArrowRight');
  assert.match(await timeline.locator('.told-moment').textContent(), /HV22\.contoso\.example: live migration of SQL07 started/);
  assert.match(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), /migration/);
  const width = () => timeline.locator('.lanes svg').evaluate((svg) => svg.clientWidth);
  const whole = await width();
  await page.keyboard.press('+');
  assert.equal(await width(), whole * 2);
  await close();
});

test('a lane tells apart what stopped and who tells it, and what goes on runs off the drawing', async () => {
  const { page, close } = await open('cluster.html');
  const figure = async (title) => {
    const incident = page.locator('details.incident', { hasText: title }).first();
    await incident.evaluate((one) => { one.open = true; });
    const timeline = incident.locator('figure.timeline').first();
    await timeline.locator('.moment').first().waitFor();
    return timeline;
  };
  const told = await figure('Guest told its host that it crashed');
  assert.equal(await told.locator('.moment path.mark.stop').count(), 0, 'no host stopped');
  assert.equal(await told.locator('.moment path.mark.guest_stop').count(), 4);
  const full = await figure('was paused because its storage is full');
  assert.equal(await full.locator('.moment path.mark.pause').count(), 3);
  const lost = await figure('Cluster shared volume can no longer be reached');
  const span = lost.locator('.span.storage');
  assert.ok((await span.getAttribute('class')).includes('open'));
  assert.equal(await span.locator('text').textContent(), 'volume paused or not reached, until 2016-11-08 03:38:04');
  await lost.screenshot({ path: `${folder}/cluster-lost-volume.png` });
  await told.screenshot({ path: `${folder}/cluster-guest-stops.png` });
  await full.screenshot({ path: `${folder}/cluster-paused.png` });
  const edges = await lost.locator('.lanes svg').evaluate((svg) => {
    const bar = svg.querySelector('.span.storage rect');
    return Number(bar.getAttribute('x')) + Number(bar.getAttribute('width')) - svg.clientWidth;
  });
  assert.ok(edges > 0, 'its right edge is not drawn');
  await close();
});

test('hostile names are shown and do not run, in CSV neither', async () => {
  const { page, close } = await open('hostile.html', { acceptDownloads: true });
  for (const details of await page.locator('details.finding, details.incident').all()) {
    await details.evaluate((one) => { one.open = true; });
  }
  for (const fold of await page.locator('button.fold').all()) await fold.click();
  assert.equal(await page.evaluate(() => window.harmed), undefined);
  assert.equal(await page.locator('main img, main script, a[href^="javascript"]').count(), 0);
  assert.ok(await page.getByText('<script>window.harmed = 1</script>', { exact: true }).first().isVisible());
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.locator('#guest-services').getByRole('button', { name: 'Save as CSV' }).click(),
  ]);
  const csv = readFileSync(await download.path(), 'utf8');
  assert.match(csv, /\r\n"'=HYPERLINK\(""http:\/\/example\.com\/"",""x""\)"/);
  assert.equal(csv.split('\r\n').length, 1 + 9 + 1);
  await close();
});
