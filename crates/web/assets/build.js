// Finds and builds elements.
export const $ = (selector, from = document) => from.querySelector(selector);

const sprite = document.documentElement.dataset.icons;

// An element with properties (and attributes, where their name has a hyphen or is `role`), and what is inside it.
export function build(tag, properties = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...inside);
  return element;
}

// An icon of the sprite.
export function icon(name) {
  const template = document.createElement("template");
  template.innerHTML = `<svg class="icon" aria-hidden="true"><use href="${sprite}#${name}"></use></svg>`;
  return template.content.firstChild;
}

// The time of day, as the server writes it beside the messages.
export const clock = () => new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: $("#days")?.dataset.zone || undefined });

// Passes answers on, but none that comes after the answer to a later question.
export function inTurn() {
  let asked = 0;
  let taken = 0;
  return async (asking) => {
    const turn = ++asked;
    const answer = await asking;
    if (!answer || turn < taken) return null;
    taken = turn;
    return answer;
  };
}

// Another page of this server, to take parts from; nothing when it does not come. Its styles carry a nonce that is not this page's.
export async function page(path) {
  const answer = await fetch(path).catch(() => null);
  if (!answer?.ok) return null;
  return new DOMParser().parseFromString((await answer.text()).replace(/<style[^]*?<\/style>/g, ""), "text/html");
}
