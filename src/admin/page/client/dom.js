// Making and changing elements. Text goes in as text only; the page's policy forbids anything else.

/**
 * @template {Element} E
 * @param {string} id @returns {E}
 */
export function byId(id) {
  return /** @type {E} */ (/** @type {unknown} */ (document.getElementById(id)));
}

/** @param {string} tag @param {string} [className] @param {string} [text] @returns {HTMLElement} */
export function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className !== "") made.className = className;
  if (text !== "") made.textContent = text;
  return made;
}

/** @param {string} tag @param {Record<string, string | number>} attributes @returns {SVGElement} */
export function shape(tag, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}

/** Only a change is written, so that a screen reader hears changes only. @param {Element} target @param {string} text */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/**
 * Makes the children of `parent` those of `items`, in order. Elements of items that were there stay the same, open and focused as they
 * are, and are moved only where the order changed.
 * @template T
 * @param {Element} parent
 * @param {readonly T[]} items
 * @param {(item: T) => string} keyOf
 * @param {(item: T) => Element} make
 * @param {(made: Element, item: T) => void} update
 */
export function showAll(parent, items, keyOf, make, update) {
  const known = new Map([...parent.children].map((child) => [child.getAttribute("data-key"), child]));
  const keys = new Set(items.map(keyOf));
  for (const [key, child] of known) if (key === null || !keys.has(key)) child.remove();
  let before = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    const child = known.get(key) ?? make(item);
    child.setAttribute("data-key", key);
    update(child, item);
    if (child === before) before = before.nextElementSibling;
    else parent.insertBefore(child, before);
  }
}
