"use strict";
(() => {
  const value = (row, at) => {
    const cell = row.cells[at];
    if (!cell) return ["", NaN];
    return [cell.textContent, cell.dataset.order === undefined ? NaN : Number(cell.dataset.order)];
  };
  const empty = (text) => text === "" || text === "–";
  const compare = (one, other) => {
    if (!isNaN(one[1]) && !isNaN(other[1])) return one[1] - other[1];
    if (isNaN(one[1]) !== isNaN(other[1])) return isNaN(one[1]) ? 1 : -1;
    return one[0].localeCompare(other[0], "en");
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    const body = table.tBodies[0];
    const original = [...body.rows];
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, at) => head.querySelector("button").addEventListener("click", () => {
      const next = { none: "ascending", ascending: "descending", descending: "none" }[head.getAttribute("aria-sort")];
      heads.forEach((other) => other.setAttribute("aria-sort", "none"));
      head.setAttribute("aria-sort", next);
      const sign = next === "descending" ? -1 : 1;
      const keyed = original.map((row, place) => ({ row, place, key: value(row, at) }));
      if (next !== "none") keyed.sort((one, other) => {
        const [first, second] = [empty(one.key[0]), empty(other.key[0])];
        if (first !== second) return first ? 1 : -1;
        return sign * compare(one.key, other.key) || one.place - other.place;
      });
      body.append(...keyed.map((one) => one.row));
    }));
    const field = document.querySelector(`[data-filters="${table.id}"]`);
    const count = document.querySelector(`[data-counts="${table.id}"]`);
    field.addEventListener("input", () => {
      const words = field.value.toLowerCase().split(/\s+/).filter((word) => word !== "");
      let shown = 0;
      for (const row of original) {
        const cells = [...row.cells].map((cell, at) => `${heads[at].textContent}=${cell.textContent}`);
        const text = cells.join(" ").toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        if (!row.hidden) shown += 1;
      }
      count.textContent = words.length === 0 ? `${original.length} rows` : `${shown} of ${original.length} rows`;
    });
  }
  const [job, kind, type] = ["job", "kind", "type"].map((name) => document.getElementById(`errors-${name}`));
  if (!job) return;
  const show = () => {
    let [shown, all] = [0, 0];
    for (const list of document.querySelectorAll("details.job")) {
      list.hidden = job.value !== "" && list.dataset.job !== job.value;
      if (list.hidden) continue;
      list.open = true;
      for (const item of list.querySelectorAll(".sentences > li")) {
        const has = (name, wanted) => wanted === "" || item.dataset[name].split(" ").includes(wanted);
        item.hidden = !(has("kinds", kind.value) && has("types", type.value));
        all += 1;
        if (!item.hidden) shown += 1;
      }
    }
    document.getElementById("errors-count").textContent = `${shown} of ${all} listed sentences`;
  };
  [job, kind, type].forEach((field) => field.addEventListener("change", show));
  show();
})();
