(() => {
  "use strict";
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  root.classList.add("js");

  for (const button of all(".theme button")) {
    button.addEventListener("click", () => {
      const chosen = button.dataset.set;
      if (chosen === "auto") delete root.dataset.theme;
      else root.dataset.theme = chosen;
      for (const other of all(".theme button")) other.setAttribute("aria-pressed", String(other === button));
    });
  }

  // Tables: numbers by their value, texts by their letters, empty cells last.
  const keyOf = (row, at) => {
    const cell = row.cells[at];
    const value = cell.dataset.value;
    if (value !== undefined) return Number(value);
    return cell.classList.contains("empty") ? null : cell.textContent;
  };
  const compared = (a, b, down) => {
    if (a === null || b === null) return (a === null) - (b === null);
    const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
    return down ? -order : order;
  };
  for (const table of all("table")) {
    for (const head of all("th", table)) {
      const button = head.querySelector("button");
      if (!button) continue;
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort");
        const down = up === "ascending" || (up === "none" && head.classList.contains("number"));
        for (const other of all("th[aria-sort]", table)) other.setAttribute("aria-sort", "none");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const body = table.tBodies[0];
        const rows = [...body.rows].map((row) => [keyOf(row, head.cellIndex), row]);
        rows.sort((a, b) => compared(a[0], b[0], down));
        body.append(...rows.map((pair) => pair[1]));
      });
    }
  }

  const copyText = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  };
  const readable = (element) => {
    const pairs = all("dl.caption > div", element);
    if (pairs.length) return pairs.map((one) => `${one.children[0].textContent}: ${one.children[1].textContent}`).join("\n");
    return element.innerText.trim();
  };
  for (const button of all("button[data-copy]")) {
    const label = button.textContent;
    button.addEventListener("click", async () => {
      const done = await copyText(readable(document.getElementById(button.dataset.copy)));
      button.textContent = done ? "Copied" : "Not allowed here";
      setTimeout(() => { button.textContent = label; }, 1600);
    });
  }

  // A figure as a file of its own: what the page's style gives it is written into it.
  const STYLED = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "opacity",
    "font-family", "font-size", "font-weight", "paint-order"];
  const fileOf = (svg) => {
    const copy = svg.cloneNode(true);
    const from = [svg, ...all("*", svg)];
    [copy, ...all("*", copy)].forEach((element, at) => {
      const style = getComputedStyle(from[at]);
      element.removeAttribute("class");
      for (const name of STYLED) if (style.getPropertyValue(name)) element.setAttribute(name, style.getPropertyValue(name));
    });
    const hatch = document.getElementById("hatch");
    if (hatch) {
      const defs = document.createElementNS("http://www.w3.org/2000/svg", "defs");
      const own = hatch.cloneNode(true);
      own.firstElementChild.removeAttribute("class");
      own.firstElementChild.setAttribute("stroke", getComputedStyle(hatch.firstElementChild).stroke);
      own.firstElementChild.setAttribute("stroke-width", "1.6");
      defs.append(own);
      copy.prepend(defs);
    }
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    return new XMLSerializer().serializeToString(copy);
  };
  for (const button of all("button[data-svg]")) {
    button.addEventListener("click", () => {
      const charts = all(".chart svg", document.getElementById(button.dataset.svg));
      const shown = charts.find((svg) => svg.getBoundingClientRect().width > 0);
      if (!shown) return;
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([fileOf(shown)], { type: "image/svg+xml" }));
      link.download = `${button.dataset.svg}.svg`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
  }

  // On a phone long parts begin closed; on paper everything is open.
  const small = matchMedia("(max-width: 640px)");
  for (const part of all("details[data-phone]")) part.open = !small.matches;
  const contents = document.querySelector("nav details");
  const wide = matchMedia("(min-width: 1260px)");
  const follow = () => { if (contents) contents.open = wide.matches; };
  wide.addEventListener("change", follow);
  follow();
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = all("details:not([open])");
    for (const part of closed) part.open = true;
  });
  addEventListener("afterprint", () => { for (const part of closed) part.open = false; });

  const links = new Map(all("nav li a").map((link) => [link.hash.slice(1), link]));
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const link of links.values()) link.removeAttribute("aria-current");
      links.get(entry.target.id)?.setAttribute("aria-current", "true");
    }
  }, { rootMargin: "0px 0px -70% 0px" });
  for (const section of all("main section[id]")) seen.observe(section);
})();
