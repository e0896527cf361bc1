// Opens pages of `runner report` in a headless browser: no error, no request, sorting, filters, keyboard, three widths,
// dark, print. Pictures go to a folder, to be looked at.
//
//   npm install --no-save playwright-core
//   node tests/browser/report.mjs PAGE.html... [--pictures FOLDER]
//
// CHROMIUM names the browser where it is not /usr/bin/chromium. Exit status: 0 well, 1 something does not hold, 2 no page.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { existsSync, mkdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const { chromium } = createRequire(join(process.cwd(), "none.js"))("playwright-core");
const names = process.argv.slice(2);
const at = names.indexOf("--pictures");
const pictures = at < 0 ? null : names.splice(at, 2)[1];
if (names.length === 0) {
  console.error("name a page that `runner report` wrote");
  process.exit(2);
}
if (pictures) mkdirSync(pictures, { recursive: true });

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
assert.ok(existsSync(executablePath), `${executablePath}: install chromium, or name a browser in CHROMIUM`);
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];
const browser = await chromium.launch({ executablePath, args: flags });

/** Opens a page and collects what goes wrong in it. */
async function open(path, options) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const wrong = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && wrong.push(message.text()));
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("dialog", (dialog) => { wrong.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  const url = pathToFileURL(resolve(path)).href;
  page.on("request", (request) => {
    if (request.url() !== url && !request.url().startsWith("data:")) wrong.push(`request of ${request.url()}`);
  });
  await page.goto(url);
  return { context, page, wrong };
}

const shown = (page, id) => page.$$eval(`#${id} tbody tr`, (rows) => rows.filter((row) => !row.hidden)
  .map((row) => [...row.cells].map((cell) => ({ text: cell.textContent, order: cell.dataset.order }))));

async function sorts(page) {
  const id = "scores-table-1";
  const before = await shown(page, id);
  const heads = await page.$$eval(`#${id} thead th`, (cells) => cells.map((cell) => cell.textContent));
  for (const [column, name] of heads.entries()) {
    const head = page.locator(`#${id} thead th`).nth(column);
    await head.locator("button").focus();
    for (const [state, sign] of [["ascending", 1], ["descending", -1]]) {
      await page.keyboard.press("Enter");
      assert.equal(await head.getAttribute("aria-sort"), state);
      const cells = (await shown(page, id)).map((row) => row[column]).filter((cell) => cell.order !== undefined);
      const numbers = cells.map((cell) => Number(cell.order));
      const sorted = [...numbers].sort((one, other) => sign * (one - other));
      assert.deepEqual(numbers, sorted, `${name} is not ${state}`);
    }
    await page.keyboard.press("Enter");
    assert.deepEqual(await shown(page, id), before, "the third time the order is the first one");
  }
}

async function filters(page) {
  const id = "scores-table-1";
  const all = await shown(page, id);
  const word = all[0][0].text;
  await page.fill(`#${id}-filter`, word);
  const some = await shown(page, id);
  assert.ok(some.length > 0 && some.length <= all.length);
  for (const row of some) assert.ok(row.some((cell) => cell.text.toLowerCase().includes(word.toLowerCase())));
  assert.match(await page.textContent(`[data-counts="${id}"]`), new RegExp(`^${some.length} of ${all.length} rows$`));
  await page.fill(`#${id}-filter`, "no row has this");
  assert.equal((await shown(page, id)).length, 0);
  await page.fill(`#${id}-filter`, "");
  assert.equal((await shown(page, id)).length, all.length);
}

async function errorFilters(page) {
  if (await page.locator("#errors-job").count() === 0) return 0;
  const visible = () => page.$$eval(".sentences > li", (items) => items.filter((item) => item.offsetParent)
    .map((item) => ({ ...item.dataset })));
  const all = await visible();
  for (const field of ["kind", "type"]) {
    const values = await page.$$eval(`#errors-${field} option`, (options) => options.map((option) => option.value));
    let sum = 0;
    for (const value of values.filter((value) => value !== "")) {
      await page.selectOption(`#errors-${field}`, value);
      const some = await visible();
      sum += some.length;
      for (const item of some) assert.ok(item[`${field}s`].split(" ").includes(value));
      assert.match(await page.textContent("#errors-count"), new RegExp(`^${some.length} of ${all.length} `));
    }
    assert.ok(sum >= all.length, `each sentence has a ${field}`);
    await page.selectOption(`#errors-${field}`, "");
  }
  const jobs = await page.locator("#errors-job option").count();
  if (jobs > 1) {
    await page.selectOption("#errors-job", "1");
    assert.equal(await page.locator("details.job:visible").count(), 1);
    await page.selectOption("#errors-job", "0");
  }
  return all.length;
}

async function fits(page) {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= window, `the page is ${content} pixels wide in a window of ${window}`);
}

/** Every label of a plot lies within the plot, and no two labels of an axis overlap. */
async function labels(page) {
  const faults = await page.$$eval("svg.plot", (plots) => plots.flatMap((plot) => {
    const frame = plot.getBoundingClientRect();
    const boxes = [...plot.querySelectorAll("text")].map((text) => [text.textContent.trim(), text.getBoundingClientRect()]);
    const out = boxes.filter(([, box]) => box.left < frame.left - 1 || box.right > frame.right + 1
      || box.top < frame.top - 1 || box.bottom > frame.bottom + 1).map(([text]) => `clipped: ${text}`);
    boxes.forEach(([text, one], at) => boxes.slice(at + 1).forEach(([other, two]) => {
      const across = Math.min(one.right, two.right) - Math.max(one.left, two.left);
      const down = Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top);
      if (across > 1 && down > 3) out.push(`overlap: ${text} and ${other}`);
    }));
    return out.map((fault) => `${plot.querySelector("title").textContent}: ${fault}`);
  }));
  assert.deepEqual(faults, []);
}

let failed = false;
for (const path of names) {
  const name = basename(path, ".html");
  const picture = (kind) => pictures && join(pictures, `${name}-${kind}.png`);
  try {
    const { context, page, wrong } = await open(path, {});
    await sorts(page);
    await filters(page);
    const sentences = await errorFilters(page);
    await labels(page);
    for (const width of [360, 768, 1280]) {
      await page.setViewportSize({ width, height: 900 });
      await fits(page);
      if (pictures) await page.screenshot({ path: picture(width), fullPage: true });
    }
    await page.keyboard.press("Home");
    assert.deepEqual(wrong, []);
    if (pictures) await page.pdf({ path: join(pictures, `${name}.pdf`), format: "A4" });
    await context.close();
    const dark = await open(path, { colorScheme: "dark" });
    if (pictures) await dark.page.screenshot({ path: picture("dark"), fullPage: true });
    assert.deepEqual(dark.wrong, []);
    await dark.context.close();
    const still = await open(path, { javaScriptEnabled: false });
    assert.ok(await still.page.locator("tbody tr").count() > 0, "without a script the tables are there");
    await still.context.close();
    console.log(`${path}: sorts, filters, fits; ${sentences} sentences listed`);
  } catch (error) {
    failed = true;
    console.error(`${path}: ${error.message}`);
  }
}
await browser.close();
process.exit(failed ? 1 : 0);
