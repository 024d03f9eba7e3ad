// The texts of the page in the visitor's language. What is said is a key with its values, so a page that is open already
// can change its language; the server's texts, `player.html` and the scripts all come here.
//
// The language is that of the address (?lang=de), else the one that was chosen at an earlier visit, else the browser's.

/** @typedef {{ languages: Record<string, string>, folder: string }} TextsGiven folder: where `CODE.js` lies */

const hidiffTexts = (() => {
  const KEPT = "hidiff-language";
  /** @type {Record<string, Record<string, string>>} */
  const tables = {};
  /** @type {TextsGiven} */
  const given = { languages: { en: "English" }, folder: "" };
  /** @type {((code: string) => void)[]} */
  const followers = [];
  let lang = "en";

  /** @param {string | null | undefined} tag */
  function known(tag) {
    if (!tag) return null;
    const codes = Object.keys(given.languages);
    const [wanted, first] = [tag.toLowerCase(), tag.toLowerCase().split("-")[0]];
    return codes.find((code) => code.toLowerCase() === wanted) ?? codes.find((code) => code.split("-")[0] === first) ?? null;
  }

  function kept() {
    try {
      return localStorage.getItem(KEPT);
    } catch {
      return null; // storage is blocked in some frames
    }
  }

  function preferred() {
    const asked = new URLSearchParams(location.search).get("lang") ?? new URLSearchParams(location.hash.slice(1)).get("lang");
    const browsers = navigator.languages ?? [navigator.language];
    return known(asked) ?? known(kept()) ?? browsers.map(known).find(Boolean) ?? "en";
  }

  const table = () => tables[lang] ?? tables.en ?? Object.values(tables)[0] ?? {};

  /** @param {string} key */
  const find = (key) => table()[key] ?? tables.en?.[key] ?? "";

  /** @param {number} value */
  const number = (value, digits = 0, sign = false) =>
    new Intl.NumberFormat(lang, {
      minimumFractionDigits: digits, maximumFractionDigits: digits, signDisplay: sign ? "always" : "auto",
    }).format(value);

  /**
   * A number as a placeholder's specification has it: "d" as it stands, ".2f" with digits, "+" with its sign.
   * @param {number} value
   * @param {string} spec
   */
  function spelled(value, spec) {
    if (spec.endsWith("d")) return (spec.startsWith("+") && value >= 0 ? "+" : "") + String(value);
    const digits = /\.(\d+)f/.exec(spec);
    if (digits) return number(value, Number(digits[1]), spec.includes("+"));
    return Number.isInteger(value) && !spec ? number(value) : new Intl.NumberFormat(lang, { maximumSignificantDigits: 3 }).format(value);
  }

  /**
   * @param {string} key
   * @param {Record<string, unknown>} values
   */
  function formOf(key, values) {
    const template = find(key);
    for (const [, name] of template.matchAll(/\{(\w+)/g)) {
      const value = values[name];
      if (typeof value === "number") return find(`${key}#${new Intl.PluralRules(lang).select(value)}`) || template;
    }
    return template;
  }

  /**
   * @param {string} template
   * @param {Record<string, unknown>} values
   */
  const filled = (template, values) =>
    template.replace(/\{(\w+)(?:!r)?(?::([^}]*))?\}/g, (_, name, spec = "") => {
      const value = values[name];
      return typeof value === "number" ? spelled(value, spec) : tell(/** @type {Said} */ (value));
    });

  /** @param {string} key */
  const say = (key, values = /** @type {Record<string, unknown>} */ ({})) => filled(formOf(key, values), values);

  /**
   * @param {Said | undefined | null} said
   * @returns {string}
   */
  function tell(said) {
    if (said === undefined || said === null) return "";
    if (Array.isArray(said)) return said.map(tell).join(find("page.between"));
    if (typeof said !== "object") return String(said);
    return find(said.say) ? say(said.say, /** @type {Record<string, unknown>} */ (said.with)) : (said.else ?? "");
  }

  /**
   * Writes what an element says: its words under "text", its attributes by their names.
   * @param {Element} part
   */
  function write(part) {
    for (const [name, said] of Object.entries(JSON.parse(part.getAttribute("data-says") ?? "{}"))) {
      const words = tell(said);
      if (name !== "text") {
        if (part.getAttribute(name) !== words) part.setAttribute(name, words);
      } else if (part.textContent !== words) part.textContent = words;
    }
  }

  /** @param {ParentNode} within */
  function fill(within) {
    if (within instanceof Element && within.hasAttribute("data-says")) write(within);
    within.querySelectorAll("[data-says]").forEach(write);
  }

  /** @param {string} code */
  function load(code) {
    return new Promise((then, fail) => {
      const script = document.createElement("script");
      Object.assign(script, { src: `${given.folder}${code}.js`, onload: then, onerror: fail });
      document.head.append(script);
    });
  }

  function apply() {
    document.documentElement.lang = lang;
    fill(document);
    followers.forEach((follower) => follower(lang));
  }

  /**
   * Speak this language from now on, and at the next visit.
   * @param {string} code
   */
  async function choose(code, keep = true) {
    if (!(code in given.languages)) return;
    if (keep) {
      try {
        localStorage.setItem(KEPT, code);
      } catch {
        // then the next visit begins anew
      }
    }
    if (!tables[code]) {
      try {
        await load(code);
      } catch {
        return; // the server is away: the page stays as it is
      }
    }
    lang = code;
    apply();
  }

  /** @param {TextsGiven} news */
  function begin(news) {
    Object.assign(given, news);
    const code = preferred();
    lang = tables[code] ? code : (Object.keys(tables)[0] ?? "en");
    document.documentElement.lang = lang;
    // The widgets of the page ask the browser for its language, once.
    if (known(navigator.language) !== code) Object.defineProperty(navigator, "language", { value: code, configurable: true });
    if (lang !== code) choose(code, false);
  }

  return {
    begin, find, say, filled, tell, number, choose, fill,
    get lang() { return lang; },
    get languages() { return given.languages; },
    /** @param {string} code @param {Record<string, string>} words */
    add: (code, words) => { tables[code] = words; },
    /** @param {(code: string) => void} follower is called when the page speaks another language */
    follow: (follower) => followers.push(follower),
  };
})();
